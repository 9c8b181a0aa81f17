"""Diffeomorphic registration in torch: greedy, from coarse to fine, by local cross-correlation; on CPU or GPU.

Each iteration moves every point of the fixed image a little along the gradient of the squared local correlation
coefficient (Avants et al. 2008, without its symmetric half) and composes that step with the map found so far, so that
the map can be inverted. A Gaussian smooths each step, another the whole map. All filters are written as shifted sums:
on a CPU they are twenty times faster than torch's convolutions.
"""

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional

from adrepro.core.torch_device import pick_device
from adrepro.imaging.grids import transform
from adrepro.imaging.spatial_transform import Mapping
from adrepro.imaging.volumes import Volume

INVERSE_ITERATIONS = 15
TINY = 1e-12


def filtered(x: Tensor, weights: list[float]) -> Tensor:
    """Correlate (1, C, X, Y, Z) with the same odd list of `weights` along each axis; zero outside."""
    reach = len(weights) // 2
    for axis in (2, 3, 4):
        length = x.shape[axis]
        padded = functional.pad(x, [0, 0] * (4 - axis) + [reach, reach])
        x = padded.narrow(axis, reach, length) * weights[reach]
        for offset, weight in enumerate(weights):
            if offset != reach:
                x.add_(padded.narrow(axis, offset, length), alpha=weight)
    return x


def smoothed(x: Tensor, sigma: float) -> Tensor:
    """Gaussian smoothing; `sigma` in voxels, 0 for none."""
    if sigma <= 0:
        return x
    reach = max(int(3 * sigma + 0.5), 1)
    weights = np.exp(-0.5 * (np.arange(-reach, reach + 1) / sigma) ** 2)
    return filtered(x, (weights / weights.sum()).tolist())


def voxel_centres(shape: torch.Size, device: torch.device) -> Tensor:
    """Voxel coordinates of every voxel, (1, 3, X, Y, Z)."""
    axes = (torch.arange(n, dtype=torch.float32, device=device) for n in shape)
    return torch.stack(torch.meshgrid(*axes, indexing="ij"))[None]


def sampled(x: Tensor, where: Tensor, outside: str = "zeros") -> Tensor:
    """Values of (1, C, X, Y, Z) at voxel coordinates `where` (1, 3, X', Y', Z'), trilinear."""
    size = torch.tensor(x.shape[2:], dtype=where.dtype, device=where.device).reshape(1, 3, 1, 1, 1)
    grid = (2 * where / (size - 1) - 1).flip(1).permute(0, 2, 3, 4, 1)
    return functional.grid_sample(x, grid, padding_mode=outside, align_corners=True)


def slopes(x: Tensor) -> Tensor:
    """Central differences of (1, 1, X, Y, Z) along each axis, (1, 3, X, Y, Z); zero at the border."""
    found = x.new_zeros(1, 3, *x.shape[2:])
    for axis in (2, 3, 4):
        inner = x.shape[axis] - 2
        difference = (x.narrow(axis, 2, inner) - x.narrow(axis, 0, inner)) / 2
        found[:, axis - 2 : axis - 1].narrow(axis, 1, inner).copy_(difference)
    return found


def resized(x: Tensor, shape: list[int]) -> Tensor:
    return functional.interpolate(x, size=shape, mode="trilinear", align_corners=True)


def regridded(displacement: Tensor, shape: list[int]) -> Tensor:
    """A displacement (1, 3, X, Y, Z) in voxels, on another grid over the same space and in that grid's voxels."""
    ratio = [(new - 1) / (old - 1) for new, old in zip(shape, displacement.shape[2:], strict=True)]
    return resized(displacement, shape) * displacement.new_tensor(ratio).reshape(1, 3, 1, 1, 1)


class LocalCorrelation:
    """Squared correlation of two images in a window around each voxel, and the force that raises it."""

    def __init__(self, fixed: Tensor, radius: int) -> None:
        self.window = [1 / (2 * radius + 1)] * (2 * radius + 1)
        self.fixed, self.mean = fixed, filtered(fixed, self.window)
        self.variance = (filtered(fixed * fixed, self.window) - self.mean**2).clamp_min(0)
        # Where neither image varies noise would decide: keep its weight small.
        self.floor = 1e-4 * float(self.variance.max()) + TINY

    def force(self, moved: Tensor) -> Tensor:
        """Gradient (1, 3, X, Y, Z) of the summed squared correlation with respect to where each point is sampled.

        A point counts in every window that holds it: its share in each is summed by filtering the windows' terms.
        """
        products = torch.cat([moved, moved * moved, moved * self.fixed], 1)
        mean, square, product = filtered(products, self.window).split(1, dim=1)
        variance = (square - mean**2).clamp_min(0) + self.floor
        covariance = product - mean * self.mean
        toward = 2 * covariance / ((self.variance + self.floor) * variance)
        away = toward * covariance / variance
        terms = torch.cat([toward, toward * self.mean, away, away * mean], 1)
        toward, toward_mean, away, away_mean = filtered(terms, self.window).split(1, dim=1)
        return (self.fixed * toward - toward_mean - moved * away + away_mean) * slopes(moved)


def greedy(fixed: Tensor, moving: Tensor, mask: Tensor, settings: dict) -> Tensor:
    """Displacement (1, 3, X, Y, Z), in voxels, from points of `fixed` to points of `moving`.

    Parameters
    ----------
    fixed, moving, mask : Tensor, shape (1, 1, X, Y, Z)
        Images on one grid, and where their likeness counts (0 to 1).
    settings : dict
        `levels`, pairs of shrink factor and iterations from coarse to fine; `radius` of the window; `rate`, the longest
        step in voxels at the start of each level, from where it shrinks to nothing; `update_sigma` and `total_sigma`,
        smoothing of each step and of the map, in voxels.
    """
    displacement = fixed.new_zeros(1, 3, *fixed.shape[2:])
    for shrink, iterations in settings["levels"]:
        shape = [max(round(n / shrink), 16) for n in fixed.shape[2:]]
        blur = shrink / 2 if shrink > 1 else 0
        still, loose = (resized(smoothed(image, blur), shape) for image in (fixed, moving))
        inside, similarity = resized(mask, shape), LocalCorrelation(still, settings["radius"])
        displacement = regridded(displacement, shape)
        centres = voxel_centres(still.shape[2:], still.device)
        for number in range(iterations):
            left = 1 - number / iterations
            force = similarity.force(sampled(loose, centres + displacement)) * inside
            update = smoothed(force, settings["update_sigma"])
            longest = update.square().sum(dim=1).max().sqrt()  # `norm` takes ten times as long
            update *= settings["rate"] * left / (longest + TINY)
            displacement = sampled(displacement, centres + update, "border") + update
            displacement = smoothed(displacement, settings["total_sigma"])
    return regridded(displacement, list(fixed.shape[2:]))


def inverted(displacement: Tensor) -> Tensor:
    """The displacement of the inverse map, by fixed-point iteration."""
    centres = voxel_centres(displacement.shape[2:], displacement.device)
    inverse = -displacement
    for _ in range(INVERSE_ITERATIONS):
        inverse = -sampled(displacement, centres + inverse, "border")
    return inverse


@torch.no_grad()
def register(fixed: Volume, moving: Volume, affine: np.ndarray, mask: Volume, settings: dict, device: str) -> Mapping:
    """Register `moving`, a brain, to `fixed` on top of `affine` (4 x 4, fixed mm to moving mm).

    `fixed` and `mask` share a grid of isotropic voxels along the world axes; the mask is a voxel larger than the brain,
    or else nothing holds the brain's edge in place. One thread and no random number: the same
    input gives the same bytes on one type of CPU.
    """
    torch.set_num_threads(1)
    where = pick_device(device)
    images = (*on_one_grid(fixed, moving, affine), mask.data)
    found = greedy(*(torch.from_numpy(image.astype(np.float32))[None, None].to(where) for image in images), settings)
    return as_mapping(found, fixed, affine)


def on_one_grid(fixed: Volume, moving: Volume, affine: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Both images on the grid of `fixed`, (X, Y, Z), their bright tissue near 1."""
    near = moving.antialiased(float(fixed.voxel_mm[0])).at(transform(affine, fixed.grid.points()))
    bright = float(np.percentile(near[near > 0], 99)) if (near > 0).any() else 1.0
    return fixed.data / max(float(fixed.data.max()), TINY), near / max(bright, TINY)


def as_mapping(displacement: Tensor, fixed: Volume, affine: np.ndarray) -> Mapping:
    """A displacement in voxels (1, 3, X, Y, Z) and its inverse as fields in mm on the grid of `fixed`."""
    voxel_mm = float(fixed.voxel_mm[0])
    fields = (np.moveaxis(x[0].cpu().numpy(), 0, -1) * voxel_mm for x in (displacement, inverted(displacement)))
    return Mapping(affine, *(Volume(field, fixed.affine) for field in fields))
