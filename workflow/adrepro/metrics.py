"""Metrics of binary classifiers, computed for many bootstrap replicates at once.

A replicate is a vector of weights over participants (how often each was drawn). The plain value of a metric is the
replicate in which every weight is 1.
"""

import numpy as np

METRICS = ("balanced_accuracy", "auc", "sensitivity", "specificity")


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
    target: np.ndarray, score: np.ndarray, prediction: np.ndarray, weights: np.ndarray
) -> dict[str, np.ndarray]:
    """Each of `METRICS` in each replicate, shape (replicates + 1,); NaN where a class is absent.

    `target`, `score` and `prediction` have shape (participants,); ties in `score` count one half in the AUC.
    """
    positive, negative = target == 1, target == 0
    with np.errstate(invalid="ignore", divide="ignore"):
        sensitivity = weights[:, positive] @ (prediction[positive] == 1) / weights[:, positive].sum(axis=1)
        specificity = weights[:, negative] @ (prediction[negative] == 0) / weights[:, negative].sum(axis=1)
        wins = np.sign(score[positive][:, None] - score[negative][None]) / 2 + 0.5
        pairs = weights[:, positive].sum(axis=1) * weights[:, negative].sum(axis=1)
        auc = ((weights[:, positive] @ wins) * weights[:, negative]).sum(axis=1) / pairs
    values = (sensitivity / 2 + specificity / 2, auc, sensitivity, specificity)
    return dict(zip(METRICS, (np.asarray(v, dtype=np.float64) for v in values), strict=True))


def interval(samples: np.ndarray, level: float) -> tuple[float, float]:
    """Percentile interval of bootstrap `samples`, NaN if none is finite."""
    finite = samples[np.isfinite(samples)]
    if not len(finite):
        return np.nan, np.nan
    low, high = np.quantile(finite, [(1 - level) / 2, (1 + level) / 2])
    return float(low), float(high)


def bootstrap_p(differences: np.ndarray) -> float:
    """Two-sided p-value of no difference from bootstrap `differences`: twice the smaller tail, never zero."""
    finite = differences[np.isfinite(differences)]
    if not len(finite):
        return np.nan
    tail = min((finite <= 0).sum(), (finite >= 0).sum())
    return float(min(1.0, 2 * (tail + 1) / (len(finite) + 1)))


def holm(p_values: np.ndarray) -> np.ndarray:
    """Holm-adjusted p-values; NaN stays NaN and does not count."""
    p_values = np.asarray(p_values, dtype=float)
    adjusted = np.full(len(p_values), np.nan)
    order = [i for i in np.argsort(p_values) if np.isfinite(p_values[i])]
    highest = 0.0
    for rank, i in enumerate(order):
        highest = max(highest, min(1.0, p_values[i] * (len(order) - rank)))
        adjusted[i] = highest
    return adjusted
