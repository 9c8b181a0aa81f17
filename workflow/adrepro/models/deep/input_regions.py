"""Input regions (whole image, hippocampi, patches, slices) and soft voting over them."""

import numpy as np
from sklearn.metrics import balanced_accuracy_score

from adrepro.imaging.grids import Grid, hippocampus_boxes, patch_boxes

Box = tuple[slice, slice, slice]  # voxels of the study grid

SLICE_MARGIN_MM = 20.0


def sagittal_slices(grid: Grid) -> list[Box]:
    """Return sagittal slices from left to right, without 20 mm at each end.

    Parameters
    ----------
    grid : Grid
        Study grid; at 1 mm there are 129 slices, as in Wen et al. 2020.

    Returns
    -------
    list of Box
        Boxes of one voxel along the first axis.
    """
    margin = round(SLICE_MARGIN_MM / grid.affine[0, 0])
    return [(slice(x, x + 1), slice(None), slice(None)) for x in range(margin, grid.shape[0] - margin)]


def input_regions(kind: str, grid: Grid, slice_step: int = 1) -> list[Box]:
    """Return the input regions of an approach.

    Parameters
    ----------
    kind : {"cnn_whole", "cnn_roi", "cnn_patch", "cnn_slice"}
        Whole image, boxes around the hippocampi, patches, or sagittal slices.
    grid : Grid
        Study grid (template space).
    slice_step : int
        Of slices, use every `slice_step`-th.

    Returns
    -------
    list of Box
        Boxes of one size, in voxels of the study grid.
    """
    if kind == "cnn_whole":
        return [(slice(None), slice(None), slice(None))]
    if kind == "cnn_slice":
        return sagittal_slices(grid)[::slice_step]
    return hippocampus_boxes(grid) if kind == "cnn_roi" else patch_boxes(grid)


def aggregation_weights(probability: np.ndarray, target: np.ndarray, rule: str, threshold: float) -> np.ndarray:
    """Return the weight of each input region in the soft vote, summing to 1.

    Parameters
    ----------
    probability : ndarray, shape (images, regions)
        Probability of the positive class, on the validation part of the fold.
    target : ndarray of int, shape (images,)
        Class of each image, 0 or 1.
    rule : {"accuracy", "balanced_accuracy", "equal"}
        Metric by which an input region is weighted; `equal` gives equal weights.
    threshold : float
        Input regions whose metric is lower have weight 0; if all are lower, all have equal weights.

    Returns
    -------
    ndarray, shape (regions,)
        Weights.

    References
    ----------
    Wen et al. 2020, Medical Image Analysis 63:101694.
    """
    regions = probability.shape[1]
    if rule == "equal" or regions == 1:
        return np.full(regions, 1 / regions)
    predicted = probability > 0.5
    metric = balanced_accuracy_score if rule == "balanced_accuracy" else lambda a, b: float(np.mean(a == b))
    values = np.array([metric(target, predicted[:, region]) for region in range(regions)])
    weights = np.where(values >= threshold, values, 0.0)
    return weights / weights.sum() if weights.sum() > 0 else np.full(regions, 1 / regions)


def hold_out_regions(images: int, regions: int, share: float, seed: int) -> np.ndarray:
    """Return the validation samples of a deliberately leaky split of input regions instead of participants.

    Parameters
    ----------
    images : int
        Number of images.
    regions : int
        Input regions of each image.
    share : float
        Share of the input regions of each image that validate, at least one of each image.
    seed : int
        Seed of the random choice.

    Returns
    -------
    ndarray of bool, shape (images * regions,)
        True for validation samples, false for training samples.
    """
    count = max(1, round(share * regions))
    ranks = np.random.default_rng(seed).random((images, regions)).argsort(axis=1)
    return (ranks < count).ravel()


def mean_of_held_out(probability: np.ndarray, held_out: np.ndarray) -> np.ndarray:
    """Return the mean probability over the held-out input regions of each image.

    Parameters
    ----------
    probability : ndarray, shape (images, regions)
        Probability of the positive class.
    held_out : ndarray of bool, shape (images, regions)
        Input regions to average, at least one of each image.

    Returns
    -------
    ndarray, shape (images,)
        Mean probabilities.
    """
    return (probability * held_out).sum(axis=1) / held_out.sum(axis=1)
