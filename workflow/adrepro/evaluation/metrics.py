"""Metrics of binary classifiers, computed for many bootstrap replicates at once.

A replicate is a vector of weights over participants (how often each was drawn). The plain value of a metric is the
replicate in which every weight is 1.
"""

import numpy as np

from adrepro.evaluation.calibration import calibration_fit, expected_calibration_error

THRESHOLD_METRICS = ("balanced_accuracy", "sensitivity", "specificity", "accuracy", "ppv", "npv", "f1")
PROBABILITY_METRICS = ("brier", "calibration_slope", "calibration_intercept", "ece")
# Too high in small samples, and higher in each replicate: a bootstrap interval would not cover the true value.
BIASED_METRICS = ("ece",)
METRICS = (
    "balanced_accuracy", "auc", "sensitivity", "specificity", "accuracy", "average_precision", "ppv", "npv", "f1",
    *PROBABILITY_METRICS,
)  # fmt: skip


def replicate_weights(target: np.ndarray, replicates: int, rng: np.random.Generator) -> np.ndarray:
    """Return the weights of stratified bootstrap replicates.

    Parameters
    ----------
    target : ndarray, shape (participants,)
        True class, 0 or 1.
    replicates : int
        Number of replicates.
    rng : numpy.random.Generator

    Returns
    -------
    ndarray of float32, shape (replicates + 1, participants)
        Ones for the data as they are, then how often each participant was drawn, with replacement within its class.
    """
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
    """Return each of `METRICS` in each replicate.

    Parameters
    ----------
    target, score, prediction : ndarray, shape (participants,)
        True class, score (higher for class 1) and predicted class.
    weights : ndarray, shape (replicates + 1, participants)
        Times that each participant was drawn.
    probability : bool, optional
        Whether scores are probabilities; only then are `PROBABILITY_METRICS` computed.

    Returns
    -------
    dict of str to ndarray, shape (replicates + 1,)
        NaN where a metric is not defined.

    Notes
    -----
    PPV and NPV hold for the proportion of positives among these participants.
    """
    with np.errstate(invalid="ignore", divide="ignore"):
        found = _threshold_metrics(target, prediction, weights) | _rank_metrics(target, score, weights)
        if probability:
            error = ((score - target) ** 2).astype(np.float32)
            found["brier"] = weights @ error / weights.sum(axis=1)
            found["calibration_slope"], found["calibration_intercept"] = calibration_fit(target, score, weights)
            found["ece"] = expected_calibration_error(target, score, weights)
    return {name: np.asarray(found[name], dtype=np.float64) for name in METRICS if name in found}


def _threshold_metrics(target: np.ndarray, prediction: np.ndarray, weights: np.ndarray) -> dict[str, np.ndarray]:
    """Return the metrics of a confusion matrix."""
    cells = np.stack([(target == t) & (prediction == p) for t in (1, 0) for p in (1, 0)], axis=1)
    tp, fn, fp, tn = (weights @ cells.astype(np.float32)).astype(np.float64).T
    sensitivity, specificity = tp / (tp + fn), tn / (tn + fp)
    values = (
        sensitivity / 2 + specificity / 2, sensitivity, specificity, (tp + tn) / (tp + fn + fp + tn),
        tp / (tp + fp), tn / (tn + fn), 2 * tp / (2 * tp + fp + fn),
    )  # fmt: skip
    return dict(zip(THRESHOLD_METRICS, values, strict=True))


def counts_above(target: np.ndarray, score: np.ndarray, weights: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return the number of positives and negatives at or above each distinct score.

    Parameters
    ----------
    target, score : ndarray, shape (participants,)
        True class, and score.
    weights : ndarray, shape (replicates + 1, participants)
        Times that each participant was drawn.

    Returns
    -------
    positives, negatives : ndarray, shape (replicates + 1, distinct scores)
        From the highest score to the lowest.
    """
    order = np.argsort(-score, kind="stable")
    last = np.flatnonzero(np.append(np.diff(score[order]) != 0, True))  # of each group of equal scores
    drawn = weights[:, order]
    positives = np.cumsum(drawn * (target[order] == 1), axis=1)[:, last]
    return positives, np.cumsum(drawn, axis=1)[:, last] - positives


def _rank_metrics(target: np.ndarray, score: np.ndarray, weights: np.ndarray) -> dict[str, np.ndarray]:
    """Return area under the ROC curve (ties count one half) and average precision (tied scores count as one)."""
    positives, negatives = counts_above(target, score, weights)
    gained, lost = np.diff(positives, axis=1, prepend=0), np.diff(negatives, axis=1, prepend=0)
    total = positives[:, -1].astype(np.float64)
    area = (lost * (positives - gained / 2)).sum(axis=1, dtype=np.float64)
    precision = positives / np.maximum(positives + negatives, 1)
    return {
        "auc": area / (total * negatives[:, -1]),
        "average_precision": (gained * precision).sum(axis=1, dtype=np.float64) / total,
    }
