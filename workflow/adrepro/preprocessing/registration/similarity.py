"""Similarity of two images as the force that it exerts on points: local correlation, and difference of tissue maps."""

from typing import Protocol

import torch
from torch import Tensor

from adrepro.preprocessing.registration.torch_filters import central_differences, separable_filter

TINY = 1e-12


class Similarity(Protocol):
    """Similarity of a moving image to a fixed one."""

    def force(self, moved: Tensor) -> Tensor:
        """Return the gradient of the similarity with respect to the sampled positions, (1, 3, X, Y, Z)."""


class LocalCorrelation:
    """Squared correlation of two images in a window around each voxel, and its gradient (Avants et al. 2008).

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


class SquaredDifference:
    """Negative squared difference of two images of several channels, such as tissue maps (as in Ashburner 2007).

    Parameters
    ----------
    fixed : Tensor, shape (1, C, X, Y, Z)
        Fixed image.
    """

    def __init__(self, fixed: Tensor) -> None:
        self.fixed = fixed

    def force(self, moved: Tensor) -> Tensor:
        """Return the gradient of the similarity with respect to the sampled positions, up to a factor.

        Parameters
        ----------
        moved : Tensor, shape (1, C, X, Y, Z)
            Moving image, sampled on the grid of the fixed image.

        Returns
        -------
        Tensor, shape (1, 3, X, Y, Z)
        """
        pairs = zip(self.fixed.split(1, dim=1), moved.split(1, dim=1), strict=True)
        forces = ((still - loose) * central_differences(loose) for still, loose in pairs)
        return torch.stack(list(forces)).sum(dim=0)
