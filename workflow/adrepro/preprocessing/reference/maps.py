"""Maps of the template at the resolution of registration."""

from pathlib import Path

import numpy as np
from scipy import ndimage

from adrepro.imaging.volumes import Volume, load

NAMES = ("T1w", "mask", "CSF", "GM", "WM", "deep", "nuclei")


def load_reference(folder: Path) -> tuple[dict[str, Volume], Volume]:
    """Return the maps of the template that brains are registered to, and the mask of their similarity.

    Parameters
    ----------
    folder : Path
        Folder with `T1w`, `mask`, `CSF`, `GM`, `WM`, `deep` and `nuclei` maps of the template.

    Returns
    -------
    template : dict of str to Volume
        `T1w`, 0 outside the brain, `CSF`, `GM`, `WM`, `deep` and `nuclei`.
    near : Volume
        Brain mask dilated by one voxel.
    """
    maps = {name: load(folder / f"{name}.nii.gz") for name in NAMES}
    mask = maps.pop("mask")
    maps["T1w"] = maps["T1w"].like(maps["T1w"].data * (mask.data > 0.5))
    return maps, mask.like(ndimage.binary_dilation(mask.data > 0.5).astype(np.float32))
