"""What a network sees of an image: the whole, hippocampus boxes, patches or slices; and the vote over them."""

import numpy as np
from sklearn.metrics import balanced_accuracy_score

from adrepro.imaging.grids import Grid, hippocampus_boxes, patch_boxes

Box = tuple[slice, slice, slice]


SLICE_MARGIN_MM = 20.0


def sagittal_slices(grid: Grid) -> list[Box]:
    """Sagittal slices from left to right without 20 mm at each end; 129 on the paper's grid."""
    margin = round(SLICE_MARGIN_MM / grid.affine[0, 0])
    return [(slice(x, x + 1), slice(None), slice(None)) for x in range(margin, grid.shape[0] - margin)]


def boxes_of(kind: str, grid: Grid, slice_step: int = 1) -> list[Box]:
    """The parts of an image that an approach of `kind` looks at; of slices every `slice_step`-th."""
    if kind == "cnn_whole":
        return [(slice(None), slice(None), slice(None))]
    if kind == "cnn_slice":
        return sagittal_slices(grid)[::slice_step]
    return hippocampus_boxes(grid) if kind == "cnn_roi" else patch_boxes(grid)


def vote_weights(probability: np.ndarray, target: np.ndarray, rule: str, threshold: float) -> np.ndarray:
    """Weight of each part in the vote, summing to 1.

    Parameters
    ----------
    probability : ndarray, shape (images, parts)
        Of the positive class, on the validation part of the fold.
    target : ndarray, shape (images,)
    rule : str
        `accuracy` and `balanced_accuracy` weigh a part by what it reached; `equal` weighs all parts alike.
    threshold : float
        Parts that reached less weigh nothing; if no part reached it, all weigh alike.
    """
    parts = probability.shape[1]
    if rule == "equal" or parts == 1:
        return np.full(parts, 1 / parts)
    predicted = probability > 0.5
    measure = balanced_accuracy_score if rule == "balanced_accuracy" else lambda a, b: float(np.mean(a == b))
    reached = np.array([measure(target, predicted[:, part]) for part in range(parts)])
    weights = np.where(reached >= threshold, reached, 0.0)
    return weights / weights.sum() if weights.sum() > 0 else np.full(parts, 1 / parts)


def held_out_parts(images: int, parts: int, share: float, seed: int) -> np.ndarray:
    """A deliberately wrong split, in which every image has `share` of its parts on the other side.

    Returns a flag per sample (images * parts,): true for those to validate on, at least one of each image.
    """
    held = max(1, round(share * parts))
    drawn = np.random.default_rng(seed).random((images, parts)).argsort(axis=1)
    return (drawn < held).ravel()


def vote_by_held_out(probability: np.ndarray, held_out: np.ndarray) -> np.ndarray:
    """Mean over the held-out parts alone of each image; both arguments (images, parts)."""
    return (probability * held_out).sum(axis=1) / held_out.sum(axis=1)
