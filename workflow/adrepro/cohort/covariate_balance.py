"""Test the balance of two groups of participants in age and sex."""

import numpy as np
import pandas as pd

SMALLEST = 3  # known values on each side below which no test is made


def age_p(ages: pd.Series, chosen: np.ndarray) -> float:
    """Return the two-sided p-value of Student's t-test of age between two groups.

    Parameters
    ----------
    ages : Series
        Age of each participant in years, NaN if unknown.
    chosen : ndarray of bool
        Participants of one group; the others are the rest.

    Returns
    -------
    float
        NaN if fewer than `SMALLEST` ages are known on one side.
    """
    known = ages.notna().to_numpy()
    one, other = ages[chosen & known], ages[~chosen & known]
    if min(len(one), len(other)) < SMALLEST:
        return np.nan
    if one.var() == 0 and other.var() == 0:
        return float(one.iloc[0] == other.iloc[0])
    from scipy import stats  # imported late: loading it takes longer than reading a sheet

    return float(stats.ttest_ind(one, other).pvalue)


def sex_p(sexes: pd.Series, chosen: np.ndarray) -> float:
    """Return the p-value of the chi-square test of sex between two groups, without continuity correction.

    Parameters
    ----------
    sexes : Series
        Sex of each participant; other values than F and M are not counted.
    chosen : ndarray of bool
        Participants of one group; the others are the rest.

    Returns
    -------
    float
        NaN if fewer than `SMALLEST` values are known on one side; 1 if there is one sex only.
    """
    table = np.array([[(sexes[part] == sex).sum() for sex in ("F", "M")] for part in (chosen, ~chosen)])
    if table.sum(axis=1).min() < SMALLEST:
        return np.nan
    if table.sum(axis=0).min() == 0:
        return 1.0
    from scipy import stats

    return float(stats.chi2_contingency(table, correction=False).pvalue)
