"""What a network sees of an image: the whole, the two hippocampus boxes or 36 patches; and the vote over them."""

from collections.abc import Sequence

import numpy as np
import torch
from sklearn.metrics import balanced_accuracy_score
from torch.utils.data import Dataset

from .grids import Grid, hippocampus_boxes, patch_boxes

Box = tuple[slice, slice, slice]


def boxes_of(kind: str, grid: Grid) -> list[Box]:
    """The parts of an image that an approach of `kind` looks at."""
    if kind == "cnn_whole":
        return [(slice(None), slice(None), slice(None))]
    return hippocampus_boxes(grid) if kind == "cnn_roi" else patch_boxes(grid)


class Parts(Dataset):
    """Every part of every image as one sample: `(part, target)` with the part min-max scaled, shape (1, X, Y, Z).

    `volumes` is (scans, X, Y, Z), possibly on disk; `positions` chooses the images. Sample `i` is part
    `i % len(boxes)` of image `i // len(boxes)`.
    """

    def __init__(self, volumes: np.ndarray, positions: Sequence[int], targets: Sequence[int], boxes: list[Box]) -> None:
        self.volumes, self.positions, self.targets, self.boxes = volumes, positions, targets, boxes

    def __len__(self) -> int:
        return len(self.positions) * len(self.boxes)

    def __getitem__(self, sample: int) -> tuple[torch.Tensor, int]:
        image, part = divmod(sample, len(self.boxes))
        data = np.asarray(self.volumes[self.positions[image]][self.boxes[part]], dtype=np.float32)
        low, high = data.min(), data.max()
        data = (data - low) / (high - low) if high != low else np.zeros_like(data)  # NaN stays NaN
        return torch.from_numpy(data[None]), int(self.targets[image])


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
