"""Atlas labels in native space, and volume and gray-matter density of each region of one scan."""

from pathlib import Path

import numpy as np

from adrepro.core import step
from adrepro.core.tables import read_table
from adrepro.imaging.spatial_transform import load_transform
from adrepro.imaging.volumes import load, save
from adrepro.preprocessing.regional_measures import (
    Morphometry,
    label_image,
    regional_densities,
    structure_volumes,
    tissue_in_regions,
    tissue_volumes,
)


def parcellate(
    gm: Path,
    wm: Path,
    csf: Path,
    lesions: Path,
    modulated: Path,
    affine: Path,
    warp: Path,
    inverse_warp: Path,
    atlas: Path,
    atlas_table: Path,
    structures: list[Path],
    regions: Path,
    volumes: Path,
    tissues: Path,
) -> None:
    """Write the atlas in native space, and the volume and density of every region.

    Parameters
    ----------
    gm, wm, csf : Path
        Tissue probability maps, native space, 0 to 1 (input).
    lesions : Path
        Fraction of white-matter lesions, native space (input).
    modulated : Path
        Modulated gray matter on the study grid (input).
    affine : Path
        JSON with the affine from template to scan (input).
    warp, inverse_warp : Path
        Displacement fields in mm, template space (input).
    atlas : Path
        Atlas labels, template space (input).
    atlas_table : Path
        TSV of the atlas with the columns `name` and `tissue` (GM, or CSF of ventricles); its last region is
        `unassigned` (input).
    structures : list of Path
        Label image and TSV of the default atlas, for hippocampi and lateral ventricles; empty in another template
        space than its own (input).
    regions : Path
        Region labels, native space (output).
    volumes : Path
        TSV to write: `index name volume_ml density` of each region (output).
    tissues : Path
        JSON to write: volumes in ml of the tissues, the intracranial space, the white-matter lesions, and hippocampi
        and lateral ventricles (output).
    """
    labels, table = load(atlas), read_table(atlas_table)
    maps = {name: load(path) for name, path in (("GM", gm), ("WM", wm), ("CSF", csf))}
    gray = maps["GM"]
    inside = (gray.data > 0) | (maps["CSF"].data > 0)
    points = load_transform(affine, warp, inverse_warp).to_template(gray.grid.points()[:, inside])
    native = label_image(labels, points, inside)
    # Gray matter outside the borders of the atlas belongs to no parcel: it is counted as unassigned.
    native[(native == 0) & (gray.data > 0)] = len(table)
    ml = tissue_in_regions(native, maps, table)
    density = regional_densities(load(modulated), labels, len(table))
    density[table["tissue"] != "GM"] = np.nan
    save(regions, gray.like(native), dtype=np.int16)
    structure_ml = {"wmh_ml": tissue_volumes({"WMH": load(lesions)})["WMH"]}
    if structures:
        named = read_table(structures[1])
        found = tissue_in_regions(label_image(load(structures[0]), points, inside), maps, named)
        structure_ml |= structure_volumes(dict(zip(named["name"], found, strict=True)))
    Morphometry(list(table["name"]), ml, density, tissue_volumes(maps), structure_ml).write(volumes, tissues)


if __name__ == "__main__":
    step.run(parcellate)
