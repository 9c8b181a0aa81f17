"""Greedy diffeomorphic registration in torch, from coarse to fine; on CPU or GPU.

Each iteration moves every point of the fixed image a little along the gradient of the similarity and composes that step
with the current transform, which therefore stays invertible. A Gaussian smooths each step, another the whole
displacement. The variance of the second is proportional to the length of the step, as in gradient descent on a sum of
similarity and stiffness: the result depends neither on the number of iterations nor on their length.
"""

from collections.abc import Callable

import torch
from torch import Tensor

from adrepro.config.settings.registration import GreedyRegistration
from adrepro.preprocessing.registration.similarity import TINY, Similarity
from adrepro.preprocessing.registration.torch_filters import (
    gaussian_filter,
    resample_displacement,
    resize,
    sampled,
    voxel_centers,
)

INVERSE_ITERATIONS = 15


def greedy_registration(
    fixed: Tensor,
    moving: Tensor,
    mask: Tensor,
    similarity: Callable[[Tensor], Similarity],
    settings: GreedyRegistration,
) -> Tensor:
    """Return the displacement from points of the fixed image to points of the moving image.

    Parameters
    ----------
    fixed, moving : Tensor, shape (1, C, X, Y, Z)
        Images on one grid.
    mask : Tensor, shape (1, 1, X, Y, Z)
        Weight of the similarity at each voxel (0 to 1).
    similarity : callable
        Similarity to a fixed image.
    settings : GreedyRegistration
        `levels`, pairs of shrink factor and iterations from coarse to fine; `rate`, the longest step in voxels at the
        start of each level, from where steps become shorter as the iterations pass and the images match;
        `update_sigma` and `total_sigma`, smoothing of each step and of the displacement along with the longest step, in
        voxels.

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
        inside, compared = resize(mask, shape), similarity(still)
        displacement = resample_displacement(displacement, shape)
        centers = voxel_centers(still.shape[2:], still.device)
        strongest = torch.zeros((), device=still.device)
        for number in range(iterations):
            left = 1 - number / iterations
            force = compared.force(sampled(loose, centers + displacement)) * inside
            update = gaussian_filter(force, settings.update_sigma)
            # `norm` takes ten times as long.
            strongest = torch.maximum(strongest, update.square().sum(dim=1).max().sqrt())
            update *= settings.rate * left / (strongest + TINY)
            displacement = sampled(displacement, centers + update, "border") + update
            displacement = gaussian_filter(displacement, settings.total_sigma * left**0.5)
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
