import numpy as np
import pytest
from sklearn.metrics import balanced_accuracy_score, recall_score, roc_auc_score

from adrepro.metrics import bootstrap_p, holm, interval, replicate_weights, weighted_metrics


def draw(n=60, seed=0):
    rng = np.random.default_rng(seed)
    target = (np.arange(n) % 3 == 0).astype(int)
    score = np.round(target + rng.normal(0, 1.2, n), 1)  # rounded, so that there are ties
    return target, score, (score > 0.5).astype(int)


def test_values_agree_with_scikit_learn():
    target, score, prediction = draw()
    found = weighted_metrics(target, score, prediction, np.ones((1, 60), dtype=np.float32))
    assert found["auc"][0] == pytest.approx(roc_auc_score(target, score))
    assert found["balanced_accuracy"][0] == pytest.approx(balanced_accuracy_score(target, prediction))
    assert found["sensitivity"][0] == pytest.approx(recall_score(target, prediction))
    assert found["specificity"][0] == pytest.approx(recall_score(target, prediction, pos_label=0))


def test_a_replicate_equals_the_metric_of_the_drawn_participants():
    target, score, prediction = draw()
    weights = replicate_weights(target, 20, np.random.default_rng(1))
    found = weighted_metrics(target, score, prediction, weights)
    for k in range(21):
        drawn = np.repeat(np.arange(60), weights[k].astype(int))
        assert found["auc"][k] == pytest.approx(roc_auc_score(target[drawn], score[drawn]), abs=1e-6)


def test_replicates_keep_the_class_sizes():
    target, _, _ = draw()
    weights = replicate_weights(target, 50, np.random.default_rng(1))
    assert (weights[:, target == 1].sum(axis=1) == 20).all() and (weights[:, target == 0].sum(axis=1) == 40).all()


def test_an_absent_class_gives_no_number():
    found = weighted_metrics(np.zeros(4), np.arange(4.0), np.zeros(4), np.ones((1, 4), dtype=np.float32))
    assert np.isnan(found["auc"][0]) and found["specificity"][0] == 1


def test_the_interval_covers_about_95_percent():
    covered = 0
    for seed in range(300):
        rng = np.random.default_rng(seed)
        target = np.repeat([0, 1], 60)
        prediction = (rng.uniform(size=120) < np.where(target == 1, 0.8, 0.3)).astype(int)
        weights = replicate_weights(target, 500, rng)
        samples = weighted_metrics(target, prediction.astype(float), prediction, weights)["balanced_accuracy"]
        low, high = interval(samples[1:], 0.95)
        covered += low <= 0.75 <= high
    assert 0.91 < covered / 300 < 0.98


def test_holm_by_hand():
    np.testing.assert_allclose(holm(np.array([0.01, 0.04, 0.03, np.nan])), [0.03, 0.06, 0.06, np.nan])


def test_p_values_are_never_zero():
    assert 0 < bootstrap_p(np.full(999, 0.2)) <= 0.002
    assert bootstrap_p(np.zeros(10)) == 1
