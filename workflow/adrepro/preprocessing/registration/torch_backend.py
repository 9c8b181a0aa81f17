"""Registration of a brain to the template in torch, by tissue maps or by intensities; on CPU or GPU."""

import numpy as np
import torch
from torch import Tensor

from adrepro.config.settings.registration import GreedyRegistration, PriorRegistration
from adrepro.core.torch_device import select_device
from adrepro.imaging.grids import apply_affine
from adrepro.imaging.spatial_transform import SpatialTransform
from adrepro.imaging.volumes import Volume
from adrepro.preprocessing.registration.greedy import greedy_registration, invert
from adrepro.preprocessing.registration.similarity import TINY, LocalCorrelation, SquaredDifference

REGISTERED = ("GM", "WM")


@torch.no_grad()
def register_tissues(
    template: dict[str, Volume],
    near: Volume,
    tissues: dict[str, Volume],
    affine: np.ndarray,
    settings: GreedyRegistration,
    device: str,
) -> SpatialTransform:
    """Register gray and white matter of a brain to those of the template.

    Tissue maps depend less on scanner and noise than intensities. One thread and no random numbers: the same input
    gives the same bytes on one type of CPU.

    Parameters
    ----------
    template : dict of str to Volume
        `GM` and `WM` of the template on one grid, 0 to 1; isotropic voxels along the world axes.
    near : Volume
        Mask of the similarity on that grid, 0 to 1. One voxel larger than the brain, since otherwise nothing constrains
        the brain's edge.
    tissues : dict of str to Volume
        `GM` and `WM` of the scan, 0 to 1, native space.
    affine : ndarray, shape (4, 4)
        Affine from template mm to scan mm.
    settings : GreedyRegistration
        Settings of the registration.
    device : {"auto", "cpu", "cuda"}
        Device of torch.

    Returns
    -------
    SpatialTransform
        `affine` with a warp and its inverse, on the grid of the template.

    References
    ----------
    Ashburner 2007, NeuroImage 38:95.
    """
    fixed = template["GM"]
    points = apply_affine(affine, fixed.grid.points())
    moving = [tissues[name].antialiased(float(fixed.voxel_mm[0])).at(points) for name in REGISTERED]
    place = _single_threaded(device)
    displacement = greedy_registration(
        _tensor([template[name].data for name in REGISTERED], place),
        _tensor(moving, place),
        _tensor([near.data], place),
        SquaredDifference,
        settings,
    )
    return as_spatial_transform(displacement, fixed, affine)


@torch.no_grad()
def register_intensities(
    fixed: Volume, near: Volume, brain: Volume, affine: np.ndarray, settings: PriorRegistration, device: str = "cpu"
) -> SpatialTransform:
    """Register a brain to that of the template by local correlation of their T1w images.

    Parameters
    ----------
    fixed, near : Volume
        T1w brain of the template, and mask of the similarity, on one grid.
    brain : Volume
        Extracted brain of the scan, 0 outside, native space.
    affine : ndarray, shape (4, 4)
        Affine from template mm to scan mm.
    settings : PriorRegistration
        Settings of the registration.
    device : {"auto", "cpu", "cuda"}
        Device of torch.

    Returns
    -------
    SpatialTransform
        `affine` with a warp and its inverse, on the grid of the template.

    References
    ----------
    Avants et al. 2008, Medical Image Analysis 12:26.
    """
    place = _single_threaded(device)
    still, loose = on_one_grid(fixed, brain, affine)
    displacement = greedy_registration(
        _tensor([still], place),
        _tensor([loose], place),
        _tensor([near.data], place),
        lambda image: LocalCorrelation(image, settings.radius),
        settings,
    )
    return as_spatial_transform(displacement, fixed, affine)


def _single_threaded(device: str) -> torch.device:
    torch.set_num_threads(1)
    return select_device(device)


def _tensor(images: list[np.ndarray], place: torch.device) -> Tensor:
    return torch.from_numpy(np.stack(images).astype(np.float32))[None].to(place)


def on_one_grid(fixed: Volume, moving: Volume, affine: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return both images on the grid of the fixed image, scaled so that bright tissue is near 1.

    Parameters
    ----------
    fixed, moving : Volume
        T1w brain of the template, and of the scan in native space.
    affine : ndarray, shape (4, 4)
        Affine from fixed mm to moving mm.

    Returns
    -------
    fixed, moving : ndarray, shape (X, Y, Z)
    """
    near = moving.antialiased(float(fixed.voxel_mm[0])).at(apply_affine(affine, fixed.grid.points()))
    bright = float(np.percentile(near[near > 0], 99)) if (near > 0).any() else 1.0
    return fixed.data / max(float(fixed.data.max()), TINY), near / max(bright, TINY)


def as_spatial_transform(displacement: Tensor, fixed: Volume, affine: np.ndarray) -> SpatialTransform:
    """Return a transform with the displacement and its inverse in mm.

    Parameters
    ----------
    displacement : Tensor, shape (1, 3, X, Y, Z)
        Displacements in voxels of `fixed`.
    fixed : Volume
        T1w brain of the template.
    affine : ndarray, shape (4, 4)
        Affine from fixed mm to moving mm.
    """
    voxel_mm = float(fixed.voxel_mm[0])
    fields = (np.moveaxis(x[0].cpu().numpy(), 0, -1) * voxel_mm for x in (displacement, invert(displacement)))
    return SpatialTransform(affine, *(Volume(field, fixed.affine) for field in fields))
