import numpy as np
import pytest
from sklearn import metrics as reference
from sklearn.linear_model import LogisticRegression

from adrepro.evaluation.confidence_intervals import percentile
from adrepro.evaluation.metrics import METRICS, PROBABILITY_METRICS, replicate_weights, weighted_metrics


def draw(n=60, seed=0):
    """Targets, probabilities with ties, and what they say."""
    rng = np.random.default_rng(seed)
    target = (np.arange(n) % 3 == 0).astype(int)
    score = np.round(1 / (1 + np.exp(-(1.5 * target - 0.5 + rng.normal(0, 1.2, n)))), 2)
    return target, score, (score > 0.5).astype(int)


def slope(target, score):
    """Calibration slope by scikit-learn."""
    logit = np.log(score / (1 - score))[:, None]
    return LogisticRegression(C=np.inf, tol=1e-10, max_iter=1000).fit(logit, target).coef_[0, 0]


REFERENCE = {
    "balanced_accuracy": lambda t, s, p: reference.balanced_accuracy_score(t, p),
    "auc": lambda t, s, p: reference.roc_auc_score(t, s),
    "sensitivity": lambda t, s, p: reference.recall_score(t, p),
    "specificity": lambda t, s, p: reference.recall_score(t, p, pos_label=0),
    "accuracy": lambda t, s, p: reference.accuracy_score(t, p),
    "average_precision": lambda t, s, p: reference.average_precision_score(t, s),
    "ppv": lambda t, s, p: reference.precision_score(t, p),
    "npv": lambda t, s, p: reference.precision_score(t, p, pos_label=0),
    "f1": lambda t, s, p: reference.f1_score(t, p),
    "brier": lambda t, s, p: reference.brier_score_loss(t, s),
    "calibration_slope": lambda t, s, p: slope(t, s),
}


@pytest.mark.parametrize("name", REFERENCE)
def test_the_value_and_every_replicate_agree_with_scikit_learn(name):
    target, score, prediction = draw()
    weights = replicate_weights(target, 20, np.random.default_rng(1))
    found = weighted_metrics(target, score, prediction, weights, probability=True)[name]
    for k in range(21):
        drawn = np.repeat(np.arange(60), weights[k].astype(int))
        assert found[k] == pytest.approx(REFERENCE[name](target[drawn], score[drawn], prediction[drawn]), abs=2e-4)


def test_decision_values_have_no_calibration():
    target, score, prediction = draw()
    found = weighted_metrics(target, score, prediction, np.ones((1, 60), np.float32))
    assert list(found) == [name for name in METRICS if name not in PROBABILITY_METRICS]


def test_replicates_keep_the_class_sizes():
    target, _, _ = draw()
    weights = replicate_weights(target, 50, np.random.default_rng(1))
    assert (weights[:, target == 1].sum(axis=1) == 20).all() and (weights[:, target == 0].sum(axis=1) == 40).all()


def test_an_absent_class_gives_no_number():
    weights = np.ones((1, 4), dtype=np.float32)
    found = weighted_metrics(np.zeros(4), np.arange(4) / 4, np.zeros(4), weights, True)
    assert np.isnan(found["auc"][0]) and np.isnan(found["calibration_slope"][0]) and found["specificity"][0] == 1


def test_the_interval_covers_about_95_percent():
    covered = 0
    for seed in range(300):
        rng = np.random.default_rng(seed)
        target = np.repeat([0, 1], 60)
        prediction = (rng.uniform(size=120) < np.where(target == 1, 0.8, 0.3)).astype(int)
        weights = replicate_weights(target, 500, rng)
        samples = weighted_metrics(target, prediction.astype(float), prediction, weights)["balanced_accuracy"]
        low, high = percentile(samples[1:], 0.95)
        covered += low <= 0.75 <= high
    assert 0.91 < covered / 300 < 0.98
