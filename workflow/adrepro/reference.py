"""The reference space: T1w, brain mask and tissue maps of the MNI152 2009a symmetric template inside nilearn."""

from functools import cache
from pathlib import Path

import numpy as np

from . import step
from .atlas import deep_grey
from .grids import study_grid
from .volumes import Volume, save

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


def reference(folder: Path, working_mm: float, resolution_mm: float) -> None:
    """Write the template at 1 mm (for labels), at the working resolution and on the study grid."""
    for name, volume in load_template().items():
        for part, grid in (("working", study_grid(working_mm)), ("study", study_grid(resolution_mm))):
            save(folder / part / f"{name}.nii.gz", volume.on(grid), dtype=np.uint16)
    working = study_grid(working_mm)
    save(folder / "working" / "deep.nii.gz", Volume(deep_grey(working), working.affine), dtype=np.uint16)
    save(folder / "fine" / "GM.nii.gz", load_template()["GM"], dtype=np.uint16)


if __name__ == "__main__":
    step.run(reference)
