"""Template of the study: T1w, brain mask and tissue maps, by default of the template inside nilearn."""

from pathlib import Path

import numpy as np

from adrepro.core import step
from adrepro.core.files import sha256, write_json
from adrepro.imaging.grids import study_grid
from adrepro.imaging.volumes import Volume, save
from adrepro.preprocessing.reference.desikan_killiany import nuclei_fraction
from adrepro.preprocessing.reference.seed_parcels import deep_gray
from adrepro.preprocessing.reference.template_sources import (
    CITATION,
    in_folder,
    in_templateflow,
    load_template,
    read_maps,
)

BUILT_IN_TEMPLATE = "mni152-2009a"
MAPS = ("T1w", "mask", "GM", "WM", "CSF")


def read_template(name: str, space: str, given: list[Path]) -> tuple[dict[str, Volume], dict[str, object]]:
    """Return the maps of the configured template, and their provenance.

    Parameters
    ----------
    name, space : str
        Template as configured, and its BIDS space label.
    given : list of Path
        Maps of the user's own template; empty for others.

    Returns
    -------
    maps : dict of str to Volume
        `T1w mask GM WM CSF`, 0 to 1, on one grid in MNI mm.
    provenance : dict
        `space`, `source`, `citation`, and `sha256` of each file.

    Raises
    ------
    UserError
        If maps are missing, damaged or not in MNI space, or if a download failed.
    """
    if name == BUILT_IN_TEMPLATE:
        return load_template(), {"space": space, "source": "nilearn", "citation": CITATION, "sha256": {}}
    paths = in_folder(given[0].parent) if given else in_templateflow(space)
    source = "own template" if given else "TemplateFlow"
    citation = "" if given else "Ciric et al. 2022, Nature Methods 19:1568, and the template's own"
    sums = {key: sha256(path) for key, path in paths.items()}
    return read_maps(paths), {"space": space, "source": source, "citation": citation, "sha256": sums}


def template(
    folder: Path,
    origin: Path,
    registration_resolution_mm: float,
    resolution_mm: float,
    name: str,
    space: str,
    given: list[Path],
) -> None:
    """Write the maps of the template at the resolutions of registration, of the study, and 1 mm.

    Parameters
    ----------
    folder : Path
        Folder of the maps, all 0 to 1, template space: `working/{T1w,mask,GM,WM,CSF,deep,nuclei}.nii.gz` at the
        resolution of registration, and `{study,fine}/{T1w,mask,GM,WM,CSF}.nii.gz` on the study grid and at 1 mm
        (output).
    origin : Path
        JSON to write: `space`, `source`, `citation` and `sha256` of the template (output).
    registration_resolution_mm, resolution_mm : float
        Voxel sizes of registration and of the study grid in mm.
    name, space : str
        Template as configured, and its BIDS space label.
    given : list of Path
        Maps of the user's own template; empty for others (input).

    Raises
    ------
    UserError
        If maps are missing, damaged or not in MNI space, or if a download failed.
    """
    maps, provenance = read_template(name, space, given)
    for key, volume in maps.items():
        for part, grid in (("working", study_grid(registration_resolution_mm)), ("study", study_grid(resolution_mm))):
            save(folder / part / f"{key}.nii.gz", volume.on(grid), dtype=np.uint16)
        save(folder / "fine" / f"{key}.nii.gz", volume, dtype=np.uint16)
    working = study_grid(registration_resolution_mm)
    for key, data in (("deep", deep_gray(working)), ("nuclei", nuclei_fraction(working))):
        save(folder / "working" / f"{key}.nii.gz", Volume(data, working.affine), dtype=np.uint16)
    write_json(origin, provenance)
    print(provenance)


if __name__ == "__main__":
    step.run(template)
