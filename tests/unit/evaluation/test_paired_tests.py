import numpy as np
import pytest

from adrepro.evaluation.paired_tests import corrected_t, delong, detectable, mcnemar


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
