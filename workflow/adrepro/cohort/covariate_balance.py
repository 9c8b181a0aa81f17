"""How alike two groups of participants are in age and sex."""

import numpy as np
import pandas as pd

SMALLEST = 3  # with fewer known values on a side nothing can be said


def age_p(ages: pd.Series, chosen: np.ndarray) -> float:
    """Two-sided p-value of Student's t-test between the `chosen` and the rest; NaN where too few ages are known."""
    known = ages.notna().to_numpy()
    one, other = ages[chosen & known], ages[~chosen & known]
    if min(len(one), len(other)) < SMALLEST:
        return np.nan
    if one.var() == 0 and other.var() == 0:
        return float(one.iloc[0] == other.iloc[0])
    from scipy import stats  # takes longer to load than the reading of a sheet, which needs the rest of this module

    return float(stats.ttest_ind(one, other).pvalue)


def sex_p(sexes: pd.Series, chosen: np.ndarray) -> float:
    """p-value of the chi-square test (no continuity correction) of sex; NaN where too few are known."""
    table = np.array([[(sexes[part] == sex).sum() for sex in ("F", "M")] for part in (chosen, ~chosen)])
    if table.sum(axis=1).min() < SMALLEST:
        return np.nan
    if table.sum(axis=0).min() == 0:
        return 1.0
    from scipy import stats

    return float(stats.chi2_contingency(table, correction=False).pvalue)
