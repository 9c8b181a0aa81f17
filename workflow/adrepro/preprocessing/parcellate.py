"""Atlas labels in native space, and volume and gray-matter density of each region of one scan."""

from pathlib import Path

import numpy as np

from adrepro.core import step
from adrepro.core.tables import read_table
from adrepro.imaging.spatial_transform import load_transform
from adrepro.imaging.volumes import load, save
from adrepro.preprocessing.regional_measures import Morphometry, regional_densities, regional_volumes, tissue_volumes


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
    regions : Path
        Region labels, native space (output).
    volumes : Path
        TSV to write: `index name volume_ml density` of each region (output).
    tissues : Path
        JSON to write: volumes of the tissues, the white-matter lesions and the intracranial space in ml (output).
    """
    labels, table = load(atlas), read_table(atlas_table)
    maps = {name: load(path) for name, path in (("GM", gm), ("WM", wm), ("CSF", csf))}
    gray = maps["GM"]
    inside = (gray.data > 0) | (maps["CSF"].data > 0)
    points = load_transform(affine, warp, inverse_warp).to_template(gray.grid.points()[:, inside])
    found = labels.at(points, order=0).astype(np.int16)
    # Gray matter outside the borders of the atlas belongs to no parcel: it is counted as unassigned.
    found[(found == 0) & (gray.data[inside] > 0)] = len(table)
    native = np.zeros(gray.data.shape, dtype=np.int16)
    native[inside] = found
    sums = {name: regional_volumes(native, maps[name].data, gray.grid.voxel_ml, len(table)) for name in ("GM", "CSF")}
    is_gray = (table["tissue"] == "GM").to_numpy()
    ml = np.where(is_gray, sums["GM"], sums["CSF"])
    density = np.where(is_gray, regional_densities(load(modulated), labels, len(table)), np.nan)
    save(regions, gray.like(native), dtype=np.int16)
    wmh_ml = tissue_volumes({"WMH": load(lesions)})["WMH"]
    Morphometry(list(table["name"]), ml, density, tissue_volumes(maps), wmh_ml).write(volumes, tissues)


if __name__ == "__main__":
    step.run(parcellate)
