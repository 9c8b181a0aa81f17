import numpy as np
import pandas as pd

from adrepro.cohort.covariate_balance import age_p, sex_p

CHOSEN = np.arange(12) < 6


def test_like_groups_have_high_p_values_and_unlike_ones_low():
    ages = pd.Series(np.tile([60.0, 65, 70, 75, 80, 85], 2))
    assert age_p(ages, CHOSEN) == 1
    assert age_p(ages + 20 * CHOSEN, CHOSEN) < 0.01
    assert sex_p(pd.Series(list("FM" * 6)), CHOSEN) == 1
    assert sex_p(pd.Series(list("FFFFFFMMMMMM")), CHOSEN) < 0.01


def test_one_sex_alone_is_balanced_and_unknown_values_say_nothing():
    assert sex_p(pd.Series(["F"] * 12), CHOSEN) == 1
    assert np.isnan(sex_p(pd.Series(["n/a"] * 12), CHOSEN))
    assert np.isnan(age_p(pd.Series([70.0] + [np.nan] * 11), CHOSEN))


def test_the_published_threshold_on_sex_is_a_p_value_of_four_fifths():
    # Wen et al. ask for a chi-square statistic below 0.0642.
    table = pd.Series(list("FFFFMMMMMM" + "FFFFFFMMMMMMMM"))
    assert 0.7 < sex_p(table, np.arange(24) < 10) < 0.95
