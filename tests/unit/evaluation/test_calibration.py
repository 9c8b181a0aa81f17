import numpy as np
import pytest

from adrepro.evaluation.metrics import weighted_metrics


def draw(n=60, seed=0):
    """Targets, probabilities with ties, and what they say."""
    rng = np.random.default_rng(seed)
    target = (np.arange(n) % 3 == 0).astype(int)
    score = np.round(1 / (1 + np.exp(-(1.5 * target - 0.5 + rng.normal(0, 1.2, n)))), 2)
    return target, score, (score > 0.5).astype(int)


def test_calibration_in_the_large_makes_the_mean_risk_right():
    target, score, prediction = draw()
    shift = weighted_metrics(target, score, prediction, np.ones((1, 60), np.float32), True)["calibration_intercept"][0]
    logit = np.log(score / (1 - score))
    assert (1 / (1 + np.exp(-(logit + shift)))).mean() == pytest.approx(target.mean(), abs=1e-5)


def test_expected_calibration_error_by_hand():
    target, score = np.array([0, 1, 1, 1]), np.array([0.12, 0.18, 0.91, 0.95])
    found = weighted_metrics(target, score, (score > 0.5).astype(int), np.ones((1, 4), np.float32), True)["ece"][0]
    assert found == pytest.approx((abs(0.5 - 0.15) * 2 + abs(1 - 0.93) * 2) / 4, abs=1e-6)


def test_perfect_probabilities_are_calibrated():
    rng = np.random.default_rng(0)
    score = rng.uniform(0.05, 0.95, 20_000)
    target = (rng.uniform(size=20_000) < score).astype(int)
    weights = np.ones((1, 20_000), np.float32)
    found = weighted_metrics(target, score, (score > 0.5).astype(int), weights, True)
    assert found["calibration_slope"][0] == pytest.approx(1, abs=0.05)
    assert abs(found["calibration_intercept"][0]) < 0.05 and found["ece"][0] < 0.02


@pytest.mark.parametrize("score", [np.full(10, 0.5), np.repeat([0.0, 1.0], 5)], ids=["equal", "separated"])
def test_no_slope_where_none_exists(score):
    target = np.repeat([0, 1], 5)
    found = weighted_metrics(target, score, (score > 0.5).astype(int), np.ones((3, 10), np.float32), True)
    assert np.isnan(found["calibration_slope"]).all()
