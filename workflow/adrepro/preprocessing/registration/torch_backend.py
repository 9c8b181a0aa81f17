"""Diffeomorphic registration in torch: greedy, from coarse to fine, by local cross-correlation; on CPU or GPU.

Each iteration moves every point of the fixed image a little along the gradient of the squared local correlation
coefficient (Avants et al. 2008, without its symmetric half) and composes that step with the current transform, which
therefore stays invertible. A Gaussian smooths each step, another the whole displacement.
"""

import numpy as np
import torch
from torch import Tensor

from adrepro.config.settings.registration import TorchRegistration
from adrepro.core.torch_device import select_device
from adrepro.imaging.grids import apply_affine
from adrepro.imaging.spatial_transform import SpatialTransform
from adrepro.imaging.volumes import Volume
from adrepro.preprocessing.registration.torch_filters import (
    central_differences,
    gaussian_filter,
    resample_displacement,
    resize,
    sampled,
    separable_filter,
    voxel_centers,
)

INVERSE_ITERATIONS = 15
TINY = 1e-12


class LocalCorrelation:
    """Squared correlation of two images in a window around each voxel, and its gradient.

    Parameters
    ----------
    fixed : Tensor, shape (1, 1, X, Y, Z)
        Fixed image.
    radius : int
        Radius of the window in voxels.
    """

    def __init__(self, fixed: Tensor, radius: int) -> None:
        self.window = [1 / (2 * radius + 1)] * (2 * radius + 1)
        self.fixed, self.mean = fixed, separable_filter(fixed, self.window)
        self.variance = (separable_filter(fixed * fixed, self.window) - self.mean**2).clamp_min(0)
        # Keeps the weight of noise small in regions without contrast.
        self.floor = 1e-4 * float(self.variance.max()) + TINY

    def force(self, moved: Tensor) -> Tensor:
        """Return the gradient of the summed squared correlation with respect to the sampled positions.

        A point contributes to every window that contains it: its terms are summed by filtering those of the windows.

        Parameters
        ----------
        moved : Tensor, shape (1, 1, X, Y, Z)
            Moving image, sampled on the grid of the fixed image.

        Returns
        -------
        Tensor, shape (1, 3, X, Y, Z)
        """
        products = torch.cat([moved, moved * moved, moved * self.fixed], 1)
        mean, square, product = separable_filter(products, self.window).split(1, dim=1)
        variance = (square - mean**2).clamp_min(0) + self.floor
        covariance = product - mean * self.mean
        toward = 2 * covariance / ((self.variance + self.floor) * variance)
        away = toward * covariance / variance
        terms = torch.cat([toward, toward * self.mean, away, away * mean], 1)
        toward, toward_mean, away, away_mean = separable_filter(terms, self.window).split(1, dim=1)
        return (self.fixed * toward - toward_mean - moved * away + away_mean) * central_differences(moved)


def greedy_registration(fixed: Tensor, moving: Tensor, mask: Tensor, settings: TorchRegistration) -> Tensor:
    """Return the displacement from points of the fixed image to points of the moving image.

    Parameters
    ----------
    fixed, moving, mask : Tensor, shape (1, 1, X, Y, Z)
        Images on one grid, and weight of the similarity at each voxel (0 to 1).
    settings : TorchRegistration
        `levels`, pairs of shrink factor and iterations from coarse to fine; `radius` of the window; `rate`, the longest
        step in voxels at the start of each level, from where it decreases to 0; `update_sigma` and `total_sigma`,
        smoothing of each step and of the displacement, in voxels.

    Returns
    -------
    Tensor, shape (1, 3, X, Y, Z)
        Displacements in voxels.

    References
    ----------
    Avants et al. 2008, Medical Image Analysis 12:26.
    """
    displacement = fixed.new_zeros(1, 3, *fixed.shape[2:])
    for shrink, iterations in settings.levels:
        shape = [max(round(n / shrink), 16) for n in fixed.shape[2:]]
        blur = shrink / 2 if shrink > 1 else 0
        still, loose = (resize(gaussian_filter(image, blur), shape) for image in (fixed, moving))
        inside, similarity = resize(mask, shape), LocalCorrelation(still, settings.radius)
        displacement = resample_displacement(displacement, shape)
        centers = voxel_centers(still.shape[2:], still.device)
        for number in range(iterations):
            left = 1 - number / iterations
            force = similarity.force(sampled(loose, centers + displacement)) * inside
            update = gaussian_filter(force, settings.update_sigma)
            longest = update.square().sum(dim=1).max().sqrt()  # `norm` takes ten times as long
            update *= settings.rate * left / (longest + TINY)
            displacement = sampled(displacement, centers + update, "border") + update
            displacement = gaussian_filter(displacement, settings.total_sigma)
    return resample_displacement(displacement, list(fixed.shape[2:]))


def invert(displacement: Tensor) -> Tensor:
    """Return the displacement (1, 3, X, Y, Z) of the inverse transform, in voxels, by fixed-point iteration.

    Parameters
    ----------
    displacement : Tensor, shape (1, 3, X, Y, Z)
        Displacements in voxels of its grid.

    Returns
    -------
    Tensor, shape (1, 3, X, Y, Z)
    """
    centers = voxel_centers(displacement.shape[2:], displacement.device)
    inverse = -displacement
    for _ in range(INVERSE_ITERATIONS):
        inverse = -sampled(displacement, centers + inverse, "border")
    return inverse


@torch.no_grad()
def register(
    fixed: Volume, moving: Volume, affine: np.ndarray, mask: Volume, settings: TorchRegistration, device: str
) -> SpatialTransform:
    """Register a brain to the template by greedy diffeomorphic registration.

    One thread and no random numbers: the same input gives the same bytes on one type of CPU.

    Parameters
    ----------
    fixed : Volume
        T1w brain of the template; isotropic voxels along the world axes.
    moving : Volume
        Extracted brain of the scan, native space.
    affine : ndarray, shape (4, 4)
        Affine from fixed mm to moving mm.
    mask : Volume
        Mask of the similarity on the grid of `fixed`, 0 to 1. One voxel larger than the brain, since otherwise nothing
        constrains the brain's edge.
    settings : TorchRegistration
        Settings of the registration.
    device : {"auto", "cpu", "cuda"}
        Device of torch.

    Returns
    -------
    SpatialTransform
        `affine` with a warp and its inverse, on the grid of `fixed`.
    """
    torch.set_num_threads(1)
    place = select_device(device)
    images = (*on_one_grid(fixed, moving, affine), mask.data)
    still, loose, inside = (torch.from_numpy(image.astype(np.float32))[None, None].to(place) for image in images)
    return as_spatial_transform(greedy_registration(still, loose, inside, settings), fixed, affine)


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
