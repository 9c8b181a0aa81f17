"""Atlas of the study on the grid of the template: the built-in one, one of nilearn, or the user's own.

The built-in atlas uses the 300 coordinates of Seitzman et al. 2020 (NeuroImage 206:116290) inside nilearn, with their
anatomical names. They are points, not borders: a parcel is the gray matter nearest to its seed.
"""

from pathlib import Path

import numpy as np

from adrepro.core import step
from adrepro.core.files import write_json
from adrepro.core.tables import write_table
from adrepro.imaging.volumes import load, save
from adrepro.preprocessing.reference import atlas_sources, nilearn_atlases
from adrepro.preprocessing.reference.seed_parcels import SEEDS_CITATION, make_atlas


def atlas(
    gm: Path, labels: Path, table: Path, origin: Path, name: str, space: str, own_space: str, given: list[Path]
) -> None:
    """Write the label image of the atlas, its table, and its provenance.

    Parameters
    ----------
    gm : Path
        Gray-matter probability of the template at 1 mm, template space (input).
    labels : Path
        Region of each voxel, on the grid of `gm` (output).
    table : Path
        TSV to write: `index name ...` of each region; the last one is `unassigned` (output).
    origin : Path
        JSON to write: name, number of regions, template space, license and citation (output).
    name : str
        `seeds` (built-in), an atlas of nilearn, or the name of the user's own.
    space, own_space : str
        Template space of the study, and that of the user's own atlas.
    given : list of Path
        Label image and, if available, table of the user's own atlas; empty for others (input).

    Raises
    ------
    UserError
        If the user's atlas is not a label image in template space, or a download failed.
    """
    gray = load(gm)
    if name == "seeds":
        provenance = {"space": space, "license": "BSD-3-Clause (nilearn)", "citation": SEEDS_CITATION}
        volume, description = make_atlas(gray)
    elif given:
        provenance = {"space": own_space, "license": "", "citation": ""}
        own = atlas_sources.integer_labels(load(given[0]), given[0].name)
        names = atlas_sources.read_names(given[1] if len(given) > 1 else None, own)
        volume, description = atlas_sources.to_template_grid(own, names, gray, given[0].name)
    else:
        provenance = nilearn_atlases.ORIGINS[name if name in nilearn_atlases.ORIGINS else name.rpartition("-")[0]]
        volume, description = atlas_sources.to_template_grid(*nilearn_atlases.from_nilearn(name), gray, name)
    save(labels, volume, dtype=np.int16)
    write_table(table, description)
    write_json(origin, {"name": name, "regions": len(description) - 1, **provenance})


if __name__ == "__main__":
    step.run(atlas)
