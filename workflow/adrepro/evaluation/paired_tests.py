"""Paired tests of two approaches on the same participants."""

from dataclasses import dataclass

import numpy as np
from scipy.stats import binomtest, norm, rankdata
from scipy.stats import t as student

POWER = 0.8
SMALLEST_NORMAL = 10  # participants of a class below which the normal approximation of DeLong's test is unreliable


@dataclass(frozen=True)
class Difference:
    """Difference A minus B (`value`) with its interval and two-sided p-value; NaN where a method gives none."""

    value: float
    low: float
    high: float
    p: float


def delong(target: np.ndarray, a: np.ndarray, b: np.ndarray, confidence_level: float) -> Difference:
    """Return the difference of two areas under the ROC curve on the same participants, by DeLong's test.

    Parameters
    ----------
    target : ndarray, shape (participants,)
        True class, 0 or 1.
    a, b : ndarray, shape (participants,)
        Scores of the two approaches.
    confidence_level : float
        Between 0 and 1.

    Returns
    -------
    Difference
        Without interval and p-value if a class has fewer than `SMALLEST_NORMAL` participants.

    References
    ----------
    DeLong et al. 1988; by ranks: Sun and Xu 2014
    """
    positive, negative = target == 1, target == 0
    m, n = positive.sum(), negative.sum()
    areas, of_positives, of_negatives = [], [], []
    for score in (a, b):
        ranks = rankdata(np.concatenate([score[positive], score[negative]]))
        above = (ranks[:m] - rankdata(score[positive])) / n  # fraction of the other class with a lower score
        below = 1 - (ranks[m:] - rankdata(score[negative])) / m
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
    reach = norm.ppf((1 + confidence_level) / 2) * error
    return Difference(value, value - reach, value + reach, float(2 * norm.sf(abs(value) / error)))


def mcnemar(right_a: np.ndarray, right_b: np.ndarray) -> Difference:
    """Return the difference of two accuracies on the same participants, by McNemar's exact test.

    Parameters
    ----------
    right_a, right_b : ndarray of bool, shape (participants,)
        Whether each approach predicted the class of a participant.

    Returns
    -------
    Difference
        Without interval.
    """
    only_a, only_b = int((right_a & ~right_b).sum()), int((right_b & ~right_a).sum())
    p = binomtest(only_a, only_a + only_b).pvalue if only_a + only_b else 1.0
    return Difference((only_a - only_b) / len(right_a), np.nan, np.nan, float(p))


def corrected_t(differences: np.ndarray, fitted: float, held_out: float, confidence_level: float) -> Difference:
    """Return the mean difference over repeated hold-outs, by the corrected resampled t-test.

    Parameters
    ----------
    differences : ndarray, shape (iterations,)
        Difference of a metric in each hold-out.
    fitted, held_out : float
        Participants in the training part and in the held-out part of an iteration.
    confidence_level : float
        Between 0 and 1.

    Returns
    -------
    Difference
        Without interval and p-value if the differences do not vary.

    Notes
    -----
    Training parts of hold-outs overlap, so that the variance of the mean does not fall as it does for independent
    samples.

    References
    ----------
    Nadeau and Bengio 2003
    """
    count, value = len(differences), float(np.mean(differences))
    error = np.sqrt((1 / count + held_out / fitted) * np.var(differences, ddof=1)) if count > 1 else np.nan
    if not error > 0:
        return Difference(value, np.nan, np.nan, np.nan)
    reach = student.ppf((1 + confidence_level) / 2, count - 1) * error
    return Difference(value, value - reach, value + reach, float(2 * student.sf(abs(value) / error, count - 1)))


def detectable(samples: np.ndarray, alpha: float) -> float:
    """Return the minimum detectable difference: the true difference that a two-sided test finds with `POWER`.

    Parameters
    ----------
    samples : ndarray, shape (replicates,)
        Bootstrap distribution of the difference.
    alpha : float
        Significance level of the test.

    Returns
    -------
    float
        NaN if the difference does not vary.
    """
    finite = samples[np.isfinite(samples)]
    spread = float(np.std(finite)) if len(finite) else 0.0  # none: two approaches with the same predictions
    return spread * float(norm.ppf(1 - alpha / 2) + norm.ppf(POWER)) if spread > 0 else np.nan
