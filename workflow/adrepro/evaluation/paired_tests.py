"""Tests of two approaches on the same participants, and what many of them do to a p-value."""

from dataclasses import dataclass

import numpy as np
from scipy.stats import binomtest, norm, rankdata
from scipy.stats import t as student

POWER = 0.8
SMALLEST_NORMAL = 10  # people of a class below which the normal theory of DeLong's test is not to be trusted


@dataclass(frozen=True)
class Difference:
    """A minus B with its interval and two-sided p-value; NaN where a method gives none."""

    value: float
    low: float
    high: float
    p: float


def delong(target: np.ndarray, a: np.ndarray, b: np.ndarray, level: float) -> Difference:
    """Difference of two areas under the ROC curve on the same people (DeLong et al. 1988, by ranks: Sun and Xu 2014).

    Parameters
    ----------
    target, a, b : ndarray, shape (participants,)
        0 or 1, and two scores. With fewer than `SMALLEST_NORMAL` in a class there is no interval and no p-value.
    """
    positive, negative = target == 1, target == 0
    m, n = positive.sum(), negative.sum()
    areas, of_positives, of_negatives = [], [], []
    for score in (a, b):
        together = rankdata(np.concatenate([score[positive], score[negative]]))
        above = (together[:m] - rankdata(score[positive])) / n  # share of the other class that each one beats
        below = 1 - (together[m:] - rankdata(score[negative])) / m
        areas.append(above.mean())
        of_positives.append(above)
        of_negatives.append(below)
    value = float(areas[0] - areas[1])
    if min(m, n) < SMALLEST_NORMAL:
        return Difference(value, np.nan, np.nan, np.nan)
    covariance = np.cov(of_positives) / m + np.cov(of_negatives) / n
    error = np.sqrt(max(covariance[0, 0] + covariance[1, 1] - 2 * covariance[0, 1], 0))
    if error == 0:
        return Difference(value, np.nan, np.nan, 1.0 if value == 0 else np.nan)
    reach = norm.ppf((1 + level) / 2) * error
    return Difference(value, value - reach, value + reach, float(2 * norm.sf(abs(value) / error)))


def mcnemar(right_a: np.ndarray, right_b: np.ndarray) -> Difference:
    """Difference of two accuracies on the same people, with McNemar's exact p-value; it gives no interval."""
    only_a, only_b = int((right_a & ~right_b).sum()), int((right_b & ~right_a).sum())
    p = binomtest(only_a, only_a + only_b).pvalue if only_a + only_b else 1.0
    return Difference((only_a - only_b) / len(right_a), np.nan, np.nan, float(p))


def corrected_t(differences: np.ndarray, learnt: float, held_out: float, level: float) -> Difference:
    """Corrected resampled t-test over repeated hold-outs (Nadeau and Bengio 2003).

    Parameters
    ----------
    differences : ndarray, shape (iterations,)
    learnt, held_out : float
        Participants of the two parts of an iteration. Hold-outs overlap, so that the variance of their mean cannot fall
        as that of independent ones would.
    """
    count, value = len(differences), float(np.mean(differences))
    error = np.sqrt((1 / count + held_out / learnt) * np.var(differences, ddof=1)) if count > 1 else np.nan
    if not error > 0:
        return Difference(value, np.nan, np.nan, np.nan)
    reach = student.ppf((1 + level) / 2, count - 1) * error
    return Difference(value, value - reach, value + reach, float(2 * student.sf(abs(value) / error, count - 1)))


def detectable(samples: np.ndarray, alpha: float) -> float:
    """The true difference that a test at `alpha`, two-sided, would find with a power of `POWER`, from the bootstrap."""
    finite = samples[np.isfinite(samples)]
    spread = float(np.std(finite)) if len(finite) else 0.0  # none: two approaches that always say the same
    return spread * float(norm.ppf(1 - alpha / 2) + norm.ppf(POWER)) if spread > 0 else np.nan


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


def bonferroni(p_values: np.ndarray) -> np.ndarray:
    """Bonferroni-adjusted p-values; NaN stays NaN and does not count."""
    p_values = np.asarray(p_values, dtype=float)
    return np.minimum(p_values * np.isfinite(p_values).sum(), 1.0)
