"""Confidence intervals: of the bootstrap by percentiles and corrected (BCa), and of proportions."""

import numpy as np
from scipy.stats import binomtest, norm


def percentile(samples: np.ndarray, level: float) -> tuple[float, float]:
    """Percentile interval of bootstrap `samples`, NaN if none is finite."""
    finite = samples[np.isfinite(samples)]
    if not len(finite):
        return np.nan, np.nan
    low, high = np.quantile(finite, [(1 - level) / 2, (1 + level) / 2])
    return float(low), float(high)


def influence(target: np.ndarray, left_out: np.ndarray) -> np.ndarray:
    """How each participant moves a metric, by the jackknife within classes, shape (participants,).

    `left_out` holds the metric without each participant. The influence on a mean of metrics of the same participants is
    the mean of their influences.
    """
    found = np.zeros(len(target))
    for value in (0, 1):
        own = target == value
        if own.any():
            found[own] = (1 - 1 / own.sum()) * (left_out[own].mean() - left_out[own])
    return found


def bca(value: float, samples: np.ndarray, influences: np.ndarray, level: float) -> tuple[float, float]:
    """Bias-corrected and accelerated interval (Efron 1987; several samples: Davison and Hinkley 1997, 5.3.2).

    NaN where it is not defined: all samples on one side of the value, or no participant that moves it.
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
    ends = shift + norm.ppf([(1 - level) / 2, (1 + level) / 2])
    low, high = np.quantile(finite, norm.cdf(shift + ends / (1 - acceleration * ends)))
    return float(low), float(high)


def proportion(count: int, of: int, level: float, method: str) -> tuple[float, float]:
    """Interval of a proportion: `wilson` (Wilson 1927) or `exact` (Clopper and Pearson 1934); NaN of nobody."""
    if of == 0:
        return np.nan, np.nan
    found = binomtest(count, of).proportion_ci(level, method)
    return float(found.low), float(found.high)
