import numpy as np
import pytest
from scipy import stats

from adrepro.evaluation.confidence_intervals import bca, jackknife_influence, percentile, proportion
from adrepro.evaluation.metrics import replicate_weights, weighted_metrics

# Newcombe 1998, Statistics in Medicine 17:857, table I: methods 3 (score) and 5 (exact).
NEWCOMBE = [
    (81, 263, (0.2553, 0.3662), (0.2527, 0.3676)),
    (15, 148, (0.0624, 0.1605), (0.0578, 0.1617)),
    (0, 20, (0.0, 0.1611), (0.0, 0.1684)),
    (1, 29, (0.0061, 0.1718), (0.0009, 0.1776)),
]


@pytest.mark.parametrize(("count", "of", "wilson", "exact"), NEWCOMBE)
def test_proportions_as_published(count, of, wilson, exact):
    assert proportion(count, of, 0.95, "wilson") == pytest.approx(wilson, abs=5e-5)
    assert proportion(count, of, 0.95, "exact") == pytest.approx(exact, abs=5e-5)


def test_a_proportion_of_nobody_has_no_interval():
    assert np.isnan(proportion(0, 0, 0.95, "wilson")).all()


def test_bca_agrees_with_scipy_on_two_samples():
    rng = np.random.default_rng(3)
    positive, negative = rng.normal(1, 1, 25), rng.normal(0, 1, 30)
    target, score = np.repeat([1, 0], [25, 30]), np.concatenate([positive, negative])
    weights = replicate_weights(target, 20_000, rng)
    samples = weighted_metrics(target, score, (score > 0).astype(int), weights)["auc"]
    left_out = weighted_metrics(target, score, (score > 0).astype(int), 1 - np.eye(55, dtype=np.float32))["auc"]
    found = bca(samples[0], samples[1:], jackknife_influence(target, left_out), 0.95)

    def auc(a, b, axis=-1):
        return (a[..., :, None] > b[..., None, :]).mean(axis=(-2, -1))

    expected = stats.bootstrap(
        (positive, negative), auc, vectorized=True, n_resamples=20_000, batch=500, rng=rng, method="BCa"
    ).confidence_interval
    assert found == pytest.approx((expected.low, expected.high), abs=0.006)
    assert abs(found[0] - percentile(samples[1:], 0.95)[0]) > 0.006  # and it is not just the percentile interval


def test_influences_of_a_mean_are_those_of_textbooks():
    values = np.array([1.0, 2.0, 6.0])
    left_out = (values.sum() - values) / 2
    np.testing.assert_allclose(jackknife_influence(np.ones(3, int), left_out), (values - values.mean()) / 3)


def test_a_perfect_value_has_no_corrected_interval():
    assert np.isnan(bca(1.0, np.ones(100), np.zeros(5), 0.95)).all()
    assert np.isnan(bca(1.0, np.full(100, 0.9), np.array([0.1, -0.1]), 0.95)).all()
    assert np.isnan(percentile(np.full(3, np.nan), 0.95)).all()
