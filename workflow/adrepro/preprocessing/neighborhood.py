"""Local means within a brain mask, and means of adjacent voxels."""

import numpy as np
from scipy import ndimage

CELL_MM = 4.0  # edge of the cells on which local means are computed
PSEUDO_FRACTION = 0.02  # weight of the expected mean, relative to the voxels of a cell


class LocalMean:
    """Weighted mean of a quantity around every voxel of a mask, by a Gaussian window.

    Parameters
    ----------
    inside : ndarray of bool, shape (X, Y, Z)
        Mask with n voxels.
    voxel_mm : ndarray, shape (3,)
        Length of the voxel edges in mm.
    reach_mm : float
        Standard deviation of the window in mm.
    """

    def __init__(self, inside: np.ndarray, voxel_mm: np.ndarray, reach_mm: float) -> None:
        size = np.maximum(np.round(CELL_MM / voxel_mm).astype(int), 1)
        index = np.argwhere(inside).T
        self.shape = tuple(-(-np.array(inside.shape) // size))
        self.cell = np.ravel_multi_index(tuple(index // size[:, None]), self.shape)
        self.index = ((index - (size[:, None] - 1) / 2) / size[:, None]).astype(np.float32)
        self.sigma = reach_mm / (size * voxel_mm)
        self.pseudo_count = PSEUDO_FRACTION * float(size.prod())

    def __call__(self, weights: np.ndarray, values: np.ndarray, expected: float) -> np.ndarray:
        """Return the local mean of `values` at every voxel of the mask.

        Parameters
        ----------
        weights, values : ndarray, shape (n,)
            Weights and values of the voxels of the mask.
        expected : float
            Mean that the result is shrunk to where the weights are small.

        Returns
        -------
        ndarray of float32, shape (n,)
        """
        total, weight = (
            ndimage.gaussian_filter(
                np.bincount(self.cell, part, minlength=int(np.prod(self.shape))).reshape(self.shape), self.sigma
            )
            for part in (weights * values, weights)
        )
        mean = (total + self.pseudo_count * expected) / (weight + self.pseudo_count)
        return ndimage.map_coordinates(mean.astype(np.float32), self.index, order=1, mode="nearest")


def neighbor_mean(values: np.ndarray, voxel_mm: np.ndarray) -> np.ndarray:
    """Return the mean of the six neighbors of each voxel, weighted by the inverse of their distance.

    Parameters
    ----------
    values : ndarray of float32, shape (X, Y, Z)
        Values; 0 is assumed outside the volume.
    voxel_mm : ndarray, shape (3,)
        Length of the voxel edges in mm.

    Returns
    -------
    ndarray of float32, shape (X, Y, Z)
    """
    mean = np.zeros_like(values)
    weights = (1 / voxel_mm / (2 * np.sum(1 / voxel_mm))).astype(np.float32)
    for axis, weight in enumerate(weights):
        source, target = np.moveaxis(values, axis, 0), np.moveaxis(mean, axis, 0)
        target[1:] += weight * source[:-1]
        target[:-1] += weight * source[1:]
    return mean
