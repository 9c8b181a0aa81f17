import numpy as np
import pandas as pd
import pytest

from adrepro.evaluation.bootstrap import ENSEMBLE, MEAN, PairedBootstrap, ensemble
from adrepro.evaluation.score_tables import read_scores
from score_tables import APPROACHES, write_scores


def scores_of(folder, split):
    write_scores(folder, per_class=12)
    scores = read_scores(folder, APPROACHES, 2)
    return scores[scores["split"] == split]


@pytest.mark.parametrize(("kind", "expected"), [("probability", [0, 1]), ("decision", [1, 1])])
def test_the_ensemble_is_the_mean_score_of_each_participant(kind, expected):
    rows = pd.DataFrame({"participant_id": ["b", "a", "b", "a"], "label": [1, 0, 1, 0], "score": [0.9, 0.1, 0.5, 0.3]})
    found = ensemble(rows.assign(score_kind=kind))
    assert found["participant_id"].tolist() == ["a", "b"] and found["label"].tolist() == [0, 1]
    np.testing.assert_allclose(found["score"], [0.2, 0.7])
    assert found["prediction"].tolist() == expected


def test_all_approaches_and_folds_share_their_replicates(tmp_path):
    found = PairedBootstrap(scores_of(tmp_path, "test"), 50, 0)
    for fold in ("0", "1", MEAN, ENSEMBLE):
        good, same = (found.found[name, fold]["auc"].samples for name in ("good", "same"))
        np.testing.assert_array_equal(good, same)
    mean = np.mean([found.found["cnn", fold]["auc"].samples for fold in "01"], axis=0)
    np.testing.assert_array_equal(found.found["cnn", MEAN]["auc"].samples, mean)
    assert found.counts == {"0": (12, 12), "1": (12, 12), MEAN: (12, 12), ENSEMBLE: (12, 12)}


def test_validation_participants_are_those_of_their_fold(tmp_path):
    found = PairedBootstrap(scores_of(tmp_path, "validation"), 50, 0)
    assert ("good", ENSEMBLE) not in found.found
    assert found.counts == {"0": (6, 6), "1": (6, 6), MEAN: (12, 12)}
    metrics = [found.found["good", fold]["auc"] for fold in ("0", "1", MEAN)]
    assert [len(metric.influences) for metric in metrics] == [12, 12, 24]
    np.testing.assert_allclose(metrics[2].influences, np.concatenate([m.influences for m in metrics[:2]]) / 2)


def test_metrics_of_probabilities_can_be_left_out(tmp_path):
    found = PairedBootstrap(scores_of(tmp_path, "test"), 50, 0, calibrated=False)
    assert "auc" in found.found["good", MEAN] and "brier" not in found.found["good", MEAN]


def test_replicates_depend_on_the_seed_alone(tmp_path):
    rows = scores_of(tmp_path, "test")
    a, b, c = (PairedBootstrap(rows, 50, seed).found["good", MEAN]["auc"].samples for seed in (1, 1, 2))
    np.testing.assert_array_equal(a, b)
    assert a[0] == c[0] and (a != c).any()
