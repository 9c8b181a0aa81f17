import numpy as np
import pytest
from sklearn.metrics import precision_recall_curve, roc_curve

from adrepro.evaluation.curves import POINTS, curve_rows, roc_and_precision
from adrepro.evaluation.metrics import replicate_weights


def draw(n=50, seed=0):
    rng = np.random.default_rng(seed)
    target = np.arange(n) % 2
    return target, np.round(1 / (1 + np.exp(-(target + rng.normal(0, 1, n)))), 2)


@pytest.mark.parametrize("seed", range(3))
def test_curves_agree_with_scikit_learn_in_every_replicate(seed):
    target, score = draw(seed=seed)
    weights = replicate_weights(target, 10, np.random.default_rng(1))
    roc, precise = roc_and_precision(target, score, weights)
    for k in range(11):
        drawn = np.repeat(np.arange(50), weights[k].astype(int))
        x, y, _ = roc_curve(target[drawn], score[drawn], drop_intermediate=False)
        at_points = [max(np.interp(p, x, y), y[x <= p + 1e-9].max()) for p in POINTS]
        np.testing.assert_allclose(roc[k], at_points, atol=1e-6)
        precision, recall, _ = precision_recall_curve(target[drawn], score[drawn])
        highest = [precision[:-1][recall[:-1] >= p - 1e-6].max() for p in POINTS]
        np.testing.assert_allclose(precise[k], highest, atol=1e-6)


def test_reliability_counts_everybody_and_one_class_has_no_curve():
    import pandas as pd

    target, score = draw()
    own = pd.DataFrame({"participant_id": [f"sub-{i:02}" for i in range(50)], "label": target, "score": score})
    own = own.assign(score_kind="probability")
    keys = {"task": "t", "dataset": "d", "split": "test", "approach": "a"}
    rows = pd.DataFrame(curve_rows(keys, own, 50, 0.95, 0))
    reliability = rows[rows["curve"] == "reliability"]
    assert reliability["n"].sum() == 50 and (reliability["low"] <= reliability["y"]).all()
    assert (reliability["y"] * reliability["n"]).sum() == pytest.approx(target.sum())
    assert curve_rows(keys, own.assign(label=1), 50, 0.95, 0) == []
