from itertools import product

import numpy as np
import pytest
from scipy.stats import rankdata
from sklearn.metrics import balanced_accuracy_score, roc_auc_score

from adrepro.evaluation.permutation_test import auc_shares, balanced_accuracy_shares, draw_signs, permutation_p


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
