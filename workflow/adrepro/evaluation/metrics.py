"""Metrics of binary classifiers, computed for many bootstrap replicates at once.

A replicate is a vector of weights over participants (how often each was drawn). The plain value of a metric is the
replicate in which every weight is 1.
"""

import numpy as np

from adrepro.evaluation.calibration import calibration_fit, expected_calibration_error

AT_A_THRESHOLD = ("balanced_accuracy", "sensitivity", "specificity", "accuracy", "ppv", "npv", "f1")
OF_PROBABILITIES = ("brier", "calibration_slope", "calibration_intercept", "ece")
BIASED = (
    "ece",
)  # too high in small samples and higher in each replicate: a bootstrap interval would not hold the truth
METRICS = (
    "balanced_accuracy", "auc", "sensitivity", "specificity", "accuracy", "average_precision", "ppv", "npv", "f1",
    *OF_PROBABILITIES,
)  # fmt: skip


def replicate_weights(target: np.ndarray, replicates: int, rng: np.random.Generator) -> np.ndarray:
    """Weights (replicates + 1, participants): the data as they are, then draws with replacement within each class."""
    weights = np.zeros((replicates + 1, len(target)), dtype=np.float32)
    weights[0] = 1
    for value in (0, 1):
        members = np.flatnonzero(target == value)
        if len(members):
            weights[1:, members] = rng.multinomial(len(members), np.full(len(members), 1 / len(members)), replicates)
    return weights


def weighted_metrics(
    target: np.ndarray, score: np.ndarray, prediction: np.ndarray, weights: np.ndarray, probability: bool = False
) -> dict[str, np.ndarray]:
    """Each of `METRICS` in each replicate, shape (replicates + 1,); NaN where it is not defined.

    `target`, `score` and `prediction` have shape (participants,); those of `OF_PROBABILITIES` are given for scores that
    are probabilities alone. PPV and NPV hold for the share of positives among these participants.
    """
    with np.errstate(invalid="ignore", divide="ignore"):
        found = _at_a_threshold(target, prediction, weights) | _of_ranks(target, score, weights)
        if probability:
            error = ((score - target) ** 2).astype(np.float32)
            found["brier"] = weights @ error / weights.sum(axis=1)
            found["calibration_slope"], found["calibration_intercept"] = calibration_fit(target, score, weights)
            found["ece"] = expected_calibration_error(target, score, weights)
    return {name: np.asarray(found[name], dtype=np.float64) for name in METRICS if name in found}


def _at_a_threshold(target: np.ndarray, prediction: np.ndarray, weights: np.ndarray) -> dict[str, np.ndarray]:
    cells = np.stack([(target == t) & (prediction == p) for t in (1, 0) for p in (1, 0)], axis=1)
    tp, fn, fp, tn = (weights @ cells.astype(np.float32)).astype(np.float64).T
    sensitivity, specificity = tp / (tp + fn), tn / (tn + fp)
    values = (
        sensitivity / 2 + specificity / 2, sensitivity, specificity, (tp + tn) / (tp + fn + fp + tn),
        tp / (tp + fp), tn / (tn + fn), 2 * tp / (2 * tp + fp + fn),
    )  # fmt: skip
    return dict(zip(AT_A_THRESHOLD, values, strict=True))


def counts_above(target: np.ndarray, score: np.ndarray, weights: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Positives and negatives at or above each distinct score, highest first, (replicates + 1, distinct scores)."""
    order = np.argsort(-score, kind="stable")
    last = np.flatnonzero(np.append(np.diff(score[order]) != 0, True))  # of each group of equal scores
    drawn = weights[:, order]
    positives = np.cumsum(drawn * (target[order] == 1), axis=1)[:, last]
    return positives, np.cumsum(drawn, axis=1)[:, last] - positives


def _of_ranks(target: np.ndarray, score: np.ndarray, weights: np.ndarray) -> dict[str, np.ndarray]:
    """Area under the ROC curve (ties count one half) and average precision (of tied scores taken together)."""
    positives, negatives = counts_above(target, score, weights)
    gained, lost = np.diff(positives, axis=1, prepend=0), np.diff(negatives, axis=1, prepend=0)
    total = positives[:, -1].astype(np.float64)
    area = (lost * (positives - gained / 2)).sum(axis=1, dtype=np.float64)
    precision = positives / np.maximum(positives + negatives, 1)
    return {
        "auc": area / (total * negatives[:, -1]),
        "average_precision": (gained * precision).sum(axis=1, dtype=np.float64) / total,
    }
