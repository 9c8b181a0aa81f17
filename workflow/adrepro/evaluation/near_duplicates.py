"""Similarity of the anatomy of scans: one head under two ids, even years later and on another scanner."""

from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy.ndimage import binary_dilation
from scipy.stats import t
from skimage.measure import block_reduce

COARSE_MM = 4.0
MARGIN = 2  # downsampled voxels around the brain
BLOCK = 500  # scans that are compared with all at once
MIN_SCANS = 6  # with fewer, the anatomy common to all heads cannot be estimated
FLOOR = 0.05  # of Jacobian determinants and of gray matter, before the logarithm
BIN = 0.02  # width of the bins of the distribution
USUAL = 4.0  # robust standard deviations within which pairs of two people are


@dataclass(frozen=True, eq=False)
class Similarity:
    """Similarity of all pairs of scans.

    Attributes
    ----------
    values : ndarray, shape (n, n)
        Correlation of individual anatomy, float32.
    different, same : ndarray of bool, shape (n, n)
        Pairs of scans of two participants, and of one, each pair once.
    threshold : float
        Correlation from which two scans show one head.
    """

    values: np.ndarray
    different: np.ndarray
    same: np.ndarray
    threshold: float

    def alike(self) -> list[tuple[int, int, float]]:
        """Return positions and correlation of the pairs of two participants above the threshold, the highest first."""
        found = np.argwhere(self.different & (self.values >= self.threshold))
        return sorted(((int(i), int(j), float(self.values[i, j])) for i, j in found), key=lambda pair: -pair[2])

    def distribution(self) -> pd.DataFrame:
        """Return the number of pairs by similarity: `low high different same threshold`."""
        edges = np.round(np.arange(-1, 1 + BIN, BIN), 4)
        counts = {
            name: np.histogram(self.values[pairs], edges)[0]
            for name, pairs in (("different", self.different), ("same", self.same))
        }
        table = pd.DataFrame({"low": edges[:-1], "high": edges[1:], **counts})
        return table.assign(threshold=round(self.threshold, 4))


def coarse_logarithm(volume: np.ndarray, voxel_mm: float) -> np.ndarray:
    """Return a map downsampled to about `COARSE_MM`, as the mean of its logarithm.

    Parameters
    ----------
    volume : ndarray, shape (X, Y, Z)
        Jacobian determinants or modulated gray matter, template space.
    voxel_mm : float
        Edge of its voxels.

    Returns
    -------
    ndarray of float32, shape (x, y, z)
    """
    size = max(round(COARSE_MM / voxel_mm), 1)
    return block_reduce(np.log(np.maximum(volume, FLOOR)).astype(np.float32), (size,) * 3, np.mean)


def coarse_region(mask: np.ndarray, voxel_mm: float) -> np.ndarray:
    """Return the voxels of downsampled maps that are compared: the brain and `MARGIN` voxels around it.

    Parameters
    ----------
    mask : ndarray, shape (X, Y, Z)
        Brain mask of the template.
    voxel_mm : float
        Edge of its voxels.

    Returns
    -------
    ndarray of bool, shape (x, y, z)
    """
    size = max(round(COARSE_MM / voxel_mm), 1)
    brain = block_reduce(mask.astype(np.float32), (size,) * 3, np.mean) > 0.5
    return binary_dilation(brain, iterations=MARGIN)


def anatomy_correlations(features: np.ndarray) -> np.ndarray:
    """Return the correlation of individual anatomy of every pair of scans.

    Each voxel is scaled to unit variance over scans, so that what varies most (ventricles, atrophy) does not outweigh
    the rest, and the mean of all other scans is subtracted from each pair: heads in template space share most of their
    anatomy, and without it two people hardly correlate.

    Parameters
    ----------
    features : ndarray, shape (n, voxels)
        A row for each scan.

    Returns
    -------
    ndarray of float32, shape (n, n)
    """
    values = features.astype(np.float32)
    values -= values.mean(axis=0)
    values /= values.std(axis=0) + 1e-6
    values -= values.mean(axis=1, keepdims=True)
    values -= values.mean(axis=0)
    own = np.einsum("iv,iv->i", values, values, dtype=np.float64)
    # The mean of the others is at -(y_i + y_j) / (n - 2) from the mean of all: inner products give both residuals.
    a = 1 / (len(values) - 2)
    found = np.empty((len(values), len(values)), dtype=np.float32)
    for begin in range(0, len(values), BLOCK):
        rows = slice(begin, begin + BLOCK)
        inner = (values[rows] @ values.T).astype(np.float64)
        mine, theirs = own[rows, None], own[None]
        mixed = a * (1 + a) * (mine + theirs) + ((1 + a) ** 2 + a**2) * inner
        one = (1 + a) ** 2 * mine + 2 * a * (1 + a) * inner + a**2 * theirs
        other = (1 + a) ** 2 * theirs + 2 * a * (1 + a) * inner + a**2 * mine
        found[rows] = mixed / np.sqrt(np.maximum(one * other, 1e-12))
    return np.clip(found, -1, 1)


def similarity(features: np.ndarray, people: np.ndarray, false_alarms: float) -> Similarity:
    """Return the similarity of all pairs of scans, and the threshold for one head.

    After Fisher's transformation the correlations of different people are normally distributed: of 500,000 simulated
    pairs as many were 3, 3.5, 4 and 4.5 standard deviations above the median as that distribution has there. The
    threshold is where Student's t, with a degree of freedom less than there are scans since the deviation is estimated,
    leaves the expected number of false alarms.

    Parameters
    ----------
    features : ndarray, shape (n, voxels)
        A row for each of at least `MIN_SCANS` scans.
    people : ndarray, shape (n,)
        Participant of each scan.
    false_alarms : float
        Expected number of false alarms among all pairs of two participants.
    """
    values = anatomy_correlations(features)
    once = np.triu(np.ones(values.shape, dtype=bool), 1)
    equal = people[:, None] == people
    transformed = np.arctanh(np.clip(values[once & ~equal], -0.9999, 0.9999))
    middle = float(np.median(transformed))
    robust = 1.4826 * float(np.median(np.abs(transformed - middle)))
    spread = float(transformed[np.abs(transformed - middle) < USUAL * robust].std())  # without pairs of one head
    deviations = float(t.isf(min(false_alarms / len(transformed), 0.5), len(values) - 1))
    return Similarity(values, once & ~equal, once & equal, float(np.tanh(middle + deviations * spread)))
