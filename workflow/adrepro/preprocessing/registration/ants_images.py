"""ANTs with one thread, and its images."""

import os
import sys
from types import ModuleType

os.environ["ITK_GLOBAL_DEFAULT_NUMBER_OF_THREADS"] = "1"
# Submodules of antspyx that no step uses import matplotlib, statsmodels and scikit-learn: half a second in each of a
# study's thousands of processes. Empty modules replace them.
for unused in ("plotting", "learn", "deeplearn"):
    sys.modules.setdefault(f"ants.{unused}", ModuleType(f"ants.{unused}"))

import ants  # noqa: E402 (the thread count is read when the library loads)
import numpy as np  # noqa: E402

from adrepro.imaging.volumes import Volume  # noqa: E402
from adrepro.preprocessing.registration.itk_geometry import LPS  # noqa: E402

__all__ = ["ants", "to_ants"]


def to_ants(volume: Volume) -> "ants.ANTsImage":
    """Return a volume as ANTs image in LPS space.

    Parameters
    ----------
    volume : Volume
        RAS+ mm.

    Returns
    -------
    ANTsImage
        float32.
    """
    affine = LPS @ volume.affine
    directions = affine[:3, :3] / volume.voxel_mm
    u, _, v = np.linalg.svd(directions)  # ITK requires exactly orthogonal axes
    return ants.from_numpy(
        np.ascontiguousarray(volume.data, dtype=np.float32),
        origin=affine[:3, 3].tolist(),
        spacing=volume.voxel_mm.tolist(),
        direction=u @ v,
    )
