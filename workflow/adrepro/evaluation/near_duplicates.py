"""Near-duplicate images: correlation of individual anatomy, and structural similarity."""

from collections.abc import Iterator

import numpy as np
from skimage.measure import block_reduce
from skimage.metrics import structural_similarity

COARSE_MM = 4.0
BLOCK = 500  # images that are compared with all at once
MIN_SCANS = 6  # with fewer, the anatomy common to all brains cannot be estimated


def coarse(volume: np.ndarray, voxel_mm: float) -> np.ndarray:
    """Return a downsampled map: means of blocks of about `COARSE_MM`, scaled to a 99th percentile of 1.

    Half precision is finer than the noise of any scan, and the maps of all scans of a study are in memory at once.

    Parameters
    ----------
    volume : ndarray, shape (X, Y, Z)
        Gray-matter map, template space.
    voxel_mm : float
        Edge of its voxels.

    Returns
    -------
    ndarray of float16, shape (x, y, z)
        Values from 0 to 1.2.
    """
    size = max(round(COARSE_MM / voxel_mm), 1)
    small = block_reduce(np.asarray(volume, dtype=np.float32), (size,) * 3, np.mean)
    bright = float(np.percentile(small, 99))
    return np.clip(small / bright if bright > 0 else small, 0, 1.2).astype(np.float16)


def residual_correlations(images: np.ndarray) -> Iterator[tuple[int, np.ndarray]]:
    """Yield the correlation of individual anatomy for every pair of images.

    It is the correlation of the two images after subtraction of the mean of all others. Two brains in template space
    share most of their anatomy; without it, two participants hardly correlate. Gray-matter maps of 4 mm of two
    participants reached 0.29, simulated and real; those of one image with 5 % noise, another contrast or voxel size at
    least 0.57. The scans themselves would separate scanners rather than participants.

    Parameters
    ----------
    images : ndarray, shape (n, X, Y, Z)
        Downsampled gray-matter maps, template space.

    Yields
    ------
    begin : int
        Position of the first image of a block of `BLOCK` images.
    correlations : ndarray, shape (block, n)
        Of each image of the block with every image.
    """
    values = images[:, images.mean(axis=0) > 0.1].astype(np.float32)
    values -= values.mean(axis=1, keepdims=True)
    values -= values.mean(axis=0)
    own = np.einsum("iv,iv->i", values, values, dtype=np.float64)
    # The mean of the others is at -(y_i + y_j) / (n - 2) from the mean of all: inner products give both residuals.
    a = 1 / (len(images) - 2)
    for begin in range(0, len(images), BLOCK):
        rows = slice(begin, begin + BLOCK)
        inner = (values[rows] @ values.T).astype(np.float64)
        mine, theirs = own[rows, None], own[None]
        mixed = a * (1 + a) * (mine + theirs) + ((1 + a) ** 2 + a**2) * inner
        one = (1 + a) ** 2 * mine + 2 * a * (1 + a) * inner + a**2 * theirs
        other = (1 + a) ** 2 * theirs + 2 * a * (1 + a) * inner + a**2 * mine
        yield begin, mixed / np.sqrt(np.maximum(one * other, 1e-12))


def near_duplicates(
    images: np.ndarray, people: np.ndarray, least: float
) -> tuple[int, list[tuple[int, int, float, float]]]:
    """Return pairs of images of different participants with a high correlation of individual anatomy.

    Parameters
    ----------
    images : ndarray, shape (n, X, Y, Z)
        Downsampled gray-matter maps, template space.
    people : ndarray, shape (n,)
        Participant of each image; images of one participant are not compared.
    least : float
        Threshold of the correlation.

    Returns
    -------
    compared : int
        Number of pairs compared; 0 with fewer than `MIN_SCANS` images.
    pairs : list of (int, int, float, float)
        Positions of the two images, correlation, and structural similarity (Wang et al. 2004); the highest
        correlation first.
    """
    if len(images) < MIN_SCANS:
        return 0, []
    compared, found = 0, []
    for begin, block in residual_correlations(images):
        rows = np.arange(begin, begin + len(block))
        apart = (people[rows, None] != people) & (rows[:, None] < np.arange(len(images)))
        compared += int(apart.sum())
        found += [(begin + int(i), int(j), float(block[i, j])) for i, j in np.argwhere((block >= least) & apart)]
    alike = [(*pair, float(structural_similarity(*images[list(pair[:2])], data_range=1.2))) for pair in found]
    return compared, sorted(alike, key=lambda pair: -pair[2])
