"""The reference space: T1w, brain mask and tissue maps of a template, by default the one inside nilearn."""

from functools import cache
from pathlib import Path

import numpy as np

from adrepro.core import step
from adrepro.core.files import write_json
from adrepro.imaging.grids import study_grid
from adrepro.imaging.volumes import Volume, save
from adrepro.preprocessing.reference.atlas import deep_grey
from adrepro.preprocessing.reference.template_sources import checksum, in_folder, in_templateflow, read_maps

BUILT_IN = "mni152-2009a"
CITATION = "Fonov et al. 2011, NeuroImage 54:313"
MAPS = ("T1w", "mask", "GM", "WM", "CSF")


@cache
def load_template() -> dict[str, Volume]:
    """The maps named in `MAPS` at 1 mm on the template's own grid, all between 0 and 1."""
    from nilearn import datasets

    loaders = {
        "T1w": datasets.load_mni152_template,
        "mask": datasets.load_mni152_brain_mask,
        "GM": datasets.load_mni152_gm_template,
        "WM": datasets.load_mni152_wm_template,
    }
    maps = {}
    for name, loader in loaders.items():
        image = loader(resolution=1)
        maps[name] = Volume(np.asarray(image.dataobj, dtype=np.float32), image.affine)
    csf = np.clip(maps["mask"].data - maps["GM"].data - maps["WM"].data, 0, 1)
    maps["CSF"] = maps["mask"].like(csf)
    return maps


def choose(settings: dict, given: list[Path]) -> tuple[dict[str, Volume], dict]:
    """The maps of the configured template, and where they come from.

    `settings` is `{"name", "space"}`; `given` are the maps of the user's own folder, if the template is one.
    """
    name, space = settings["name"], settings["space"]
    if name == BUILT_IN:
        return load_template(), {"space": space, "source": "nilearn", "citation": CITATION, "sha256": {}}
    paths = in_folder(given[0].parent) if given else in_templateflow(space)
    source = "a folder of the user's" if given else "TemplateFlow"
    citation = "" if given else "Ciric et al. 2022, Nature Methods 19:1568, and the template's own"
    sums = {key: checksum(path) for key, path in paths.items()}
    return read_maps(paths), {"space": space, "source": source, "citation": citation, "sha256": sums}


def reference(
    folder: Path, origin: Path, working_mm: float, resolution_mm: float, settings: dict, given: list[Path]
) -> None:
    """Write grey matter finely (for labels), and all maps at the working resolution and on the study grid."""
    maps, known = choose(settings, given)
    for name, volume in maps.items():
        for part, grid in (("working", study_grid(working_mm)), ("study", study_grid(resolution_mm))):
            save(folder / part / f"{name}.nii.gz", volume.on(grid), dtype=np.uint16)
    working = study_grid(working_mm)
    save(folder / "working" / "deep.nii.gz", Volume(deep_grey(working), working.affine), dtype=np.uint16)
    save(folder / "fine" / "GM.nii.gz", maps["GM"], dtype=np.uint16)
    write_json(origin, known)
    print(known)


if __name__ == "__main__":
    step.run(reference)
