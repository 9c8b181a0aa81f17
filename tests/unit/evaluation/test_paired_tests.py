from itertools import product

import numpy as np
import pytest
from scipy.stats import rankdata
from sklearn.metrics import balanced_accuracy_score, roc_auc_score

from adrepro.evaluation.paired_tests import (
    auc_shares,
    balanced_accuracy_shares,
    bonferroni,
    corrected_t,
    delong,
    detectable,
    draw_signs,
    holm,
    mcnemar,
    permutation_p,
)


def draw(n=40, seed=0):
    rng = np.random.default_rng(seed)
    target = (np.arange(n) % 3 == 0).astype(int)
    a = np.round(target + rng.normal(0, 1.0, n), 1)
    return target, a, np.round(0.5 * a + rng.normal(0, 1.0, n), 1)


def delong_by_definition(target, a, b):
    """AUC difference and its standard error from the structural components of DeLong et al. 1988, equations 4 to 6."""
    parts = []
    for score in (a, b):
        x, y = score[target == 1], score[target == 0]
        wins = (x[:, None] > y[None]) + 0.5 * (x[:, None] == y[None])
        parts.append((wins.mean(axis=1), wins.mean(axis=0), wins.mean()))
    (v10a, v01a, auc_a), (v10b, v01b, auc_b) = parts
    variance = np.var(v10a - v10b, ddof=1) / len(v10a) + np.var(v01a - v01b, ddof=1) / len(v01a)
    return auc_a - auc_b, np.sqrt(variance)


@pytest.mark.parametrize("seed", range(5))
def test_delong_by_ranks_is_delong_by_definition(seed):
    target, a, b = draw(seed=seed)
    found = delong(target, a, b, 0.95)
    value, error = delong_by_definition(target, a, b)
    assert found.value == pytest.approx(value)
    assert (found.low, found.high) == pytest.approx((value - 1.959964 * error, value + 1.959964 * error), abs=1e-6)


def test_delong_of_equal_scores_and_of_one_person():
    target, a, _ = draw()
    assert delong(target, a, 2 * a, 0.95).p == 1
    assert np.isnan(delong(np.array([1, 0, 0]), np.arange(3), np.arange(3), 0.95).p)


def test_delong_keeps_its_level_where_nothing_differs():
    found = []
    for seed in range(400):
        rng = np.random.default_rng(seed)
        target = np.repeat([0, 1], 40)
        shared = target + rng.normal(0, 1, 80)
        found.append(delong(target, shared + rng.normal(0, 1, 80), shared + rng.normal(0, 1, 80), 0.95).p < 0.05)
    assert 0.02 < np.mean(found) < 0.085


def test_mcnemar_counts_only_who_is_told_apart():
    right_a = np.array([1] * 10 + [1] * 8 + [0] * 2 + [0] * 5, dtype=bool)
    right_b = np.array([1] * 10 + [0] * 8 + [1] * 2 + [0] * 5, dtype=bool)
    found = mcnemar(right_a, right_b)
    assert found.value == pytest.approx(6 / 25)
    assert found.p == pytest.approx(2 * 56 / 1024)  # 2 (1 + 10 + 45) / 2^10
    assert mcnemar(right_a, right_a).p == 1


def test_corrected_t_by_hand():
    # Differences of mean 0.02 and variance 0.0004 in 10 hold-outs of 30 %: s^2 (1/10 + 3/7) = 0.000211429.
    base = np.array([-1, 1] * 5) * 0.02 * np.sqrt(9 / 10)
    found = corrected_t(0.02 + base, 70, 30, 0.95)
    error = np.sqrt(0.0004 * (0.1 + 3 / 7))
    assert (found.high - found.low) / 2 == pytest.approx(2.262157 * error, rel=1e-5)
    assert found.p == pytest.approx(0.2022, abs=2e-3)
    assert np.isnan(corrected_t(np.zeros(5), 70, 30, 0.95).p) and np.isnan(corrected_t(np.zeros(1), 70, 30, 0.95).p)


def test_the_detectable_difference_is_found_four_times_out_of_five():
    rng = np.random.default_rng(0)
    error = 0.04
    reach = detectable(rng.normal(0, error, 100_000), 0.05)
    seen = rng.normal(reach, error, 100_000)
    assert (np.abs(seen) > 1.96 * error).mean() == pytest.approx(0.8, abs=0.01)


def test_holm_and_bonferroni_by_hand():
    p = np.array([0.01, 0.04, 0.03, np.nan])
    np.testing.assert_allclose(holm(p), [0.03, 0.06, 0.06, np.nan])
    np.testing.assert_allclose(bonferroni(p), [0.03, 0.12, 0.09, np.nan])


def draw_ranks(seed, n=7):
    rng = np.random.default_rng(seed)
    target = np.r_[np.ones(n), np.zeros(n + 2)].astype(int)
    return target, rng.integers(0, 8, len(target)), rng.integers(0, 8, len(target)) + 0.25 * target


@pytest.mark.parametrize("seed", range(5))
def test_shares_add_up_to_the_difference_after_any_swap(seed):
    target, a, b = draw_ranks(seed)
    a, b = rankdata(a), rankdata(b)
    for swapped in np.random.default_rng(seed).random((20, len(target))) < 0.5:
        one, other = np.where(swapped, b, a), np.where(swapped, a, b)
        expected = roc_auc_score(target, one) - roc_auc_score(target, other)
        assert auc_shares(target, a, b) @ np.where(swapped, -1, 1) == pytest.approx(expected)


def test_shares_of_balanced_accuracy():
    target, a, b = draw_ranks(0)
    a, b = (a > 4).astype(int), (b > 4).astype(int)
    expected = balanced_accuracy_score(target, a) - balanced_accuracy_score(target, b)
    assert balanced_accuracy_shares(target, a, b).sum() == pytest.approx(expected)


def test_the_p_value_is_that_of_all_permutations():
    target, a, b = draw_ranks(3, n=5)
    shares = auc_shares(target, a, b)
    every = np.array(list(product([-1.0, 1.0], repeat=len(target))))
    exact = (np.abs(every @ shares) >= abs(shares.sum()) - 1e-9).mean()
    drawn = permutation_p(shares, draw_signs(len(target), 20_000, np.random.default_rng(0)))
    assert drawn == pytest.approx(exact, abs=0.015)


def test_the_test_keeps_its_level_with_six_people_in_a_class():
    found = []
    for seed in range(500):
        rng = np.random.default_rng(seed)
        target = np.repeat([0, 1], 6)
        shared = target + rng.normal(0, 1, 12)
        shares = auc_shares(target, shared + rng.normal(0, 1, 12), shared + rng.normal(0, 1, 12))
        found.append(permutation_p(shares, draw_signs(12, 1000, rng)) < 0.05)
    assert np.mean(found) < 0.07


def test_a_p_value_is_never_zero_and_of_equals_one():
    signs = draw_signs(30, 999, np.random.default_rng(0))
    assert 0 < permutation_p(np.full(30, 0.01), signs) < 0.01
    assert permutation_p(np.zeros(30), signs) == 1
