"""Confidence intervals: bootstrap (percentile and BCa) and proportions."""

import numpy as np
from scipy.stats import binomtest, norm


def percentile(samples: np.ndarray, confidence_level: float) -> tuple[float, float]:
    """Return the percentile interval of bootstrap samples.

    Parameters
    ----------
    samples : ndarray, shape (replicates,)
        Values of a metric; those that are not finite are left out.
    confidence_level : float
        Between 0 and 1.

    Returns
    -------
    low, high : float
        NaN if no sample is finite.
    """
    finite = samples[np.isfinite(samples)]
    if not len(finite):
        return np.nan, np.nan
    low, high = np.quantile(finite, [(1 - confidence_level) / 2, (1 + confidence_level) / 2])
    return float(low), float(high)


def jackknife_influence(target: np.ndarray, left_out: np.ndarray) -> np.ndarray:
    """Return the influence of each participant on a metric, by the jackknife within classes.

    The influence on a mean of metrics of the same participants is the mean of their influences.

    Parameters
    ----------
    target : ndarray, shape (participants,)
        True class, 0 or 1.
    left_out : ndarray, shape (participants,)
        The metric without each participant.

    Returns
    -------
    ndarray, shape (participants,)
    """
    found = np.zeros(len(target))
    for value in (0, 1):
        own = target == value
        if own.any():
            found[own] = (1 - 1 / own.sum()) * (left_out[own].mean() - left_out[own])
    return found


def bca(value: float, samples: np.ndarray, influences: np.ndarray, confidence_level: float) -> tuple[float, float]:
    """Return the bias-corrected and accelerated (BCa) bootstrap interval.

    Parameters
    ----------
    value : float
        The metric on the data.
    samples : ndarray, shape (replicates,)
        The metric on each bootstrap replicate.
    influences : ndarray, shape (participants,)
        Jackknife influence of each participant on the metric.
    confidence_level : float
        Between 0 and 1.

    Returns
    -------
    low, high : float
        NaN where the interval is not defined: all samples on one side of the value, or all influences 0.

    References
    ----------
    Efron 1987; several samples: Davison and Hinkley 1997, 5.3.2
    """
    finite = samples[np.isfinite(samples)]
    spread = (influences**2).sum()
    if not len(finite) or not np.isfinite(spread) or spread == 0:
        return np.nan, np.nan
    below = (np.sum(finite < value) + np.sum(finite == value) / 2) / len(finite)
    if not 0 < below < 1:
        return np.nan, np.nan
    acceleration = (influences**3).sum() / (6 * spread**1.5)
    shift = norm.ppf(below)
    ends = shift + norm.ppf([(1 - confidence_level) / 2, (1 + confidence_level) / 2])
    low, high = np.quantile(finite, norm.cdf(shift + ends / (1 - acceleration * ends)))
    return float(low), float(high)


def proportion(count: int, of: int, confidence_level: float, method: str) -> tuple[float, float]:
    """Return the confidence interval of a proportion.

    Parameters
    ----------
    count, of : int
        Participants with the property, and all participants.
    confidence_level : float
        Between 0 and 1.
    method : str
        `wilson` (Wilson 1927) or `exact` (Clopper and Pearson 1934).

    Returns
    -------
    low, high : float
        NaN if there is no participant.
    """
    if of == 0:
        return np.nan, np.nan
    found = binomtest(count, of).proportion_ci(confidence_level, method)
    return float(found.low), float(found.high)
