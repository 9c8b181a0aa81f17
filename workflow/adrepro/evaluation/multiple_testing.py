"""Adjustment of p-values for multiple tests."""

import numpy as np


def holm(p_values: np.ndarray) -> np.ndarray:
    """Return Holm-adjusted p-values.

    Parameters
    ----------
    p_values : ndarray, shape (tests,)
        NaN where there is no test.

    Returns
    -------
    ndarray, shape (tests,)
        NaN stays NaN and is not counted as a test.
    """
    p_values = np.asarray(p_values, dtype=float)
    adjusted = np.full(len(p_values), np.nan)
    order = [i for i in np.argsort(p_values) if np.isfinite(p_values[i])]
    highest = 0.0
    for rank, i in enumerate(order):
        highest = max(highest, min(1.0, p_values[i] * (len(order) - rank)))
        adjusted[i] = highest
    return adjusted


def bonferroni(p_values: np.ndarray) -> np.ndarray:
    """Return Bonferroni-adjusted p-values.

    Parameters
    ----------
    p_values : ndarray, shape (tests,)
        NaN where there is no test.

    Returns
    -------
    ndarray, shape (tests,)
        NaN stays NaN and is not counted as a test.
    """
    p_values = np.asarray(p_values, dtype=float)
    return np.minimum(p_values * np.isfinite(p_values).sum(), 1.0)
