import numpy as np
import pytest

from adrepro.core.errors import UserError
from adrepro.evaluation.compute_metrics import compute_metrics


def test_every_metric_has_its_rows_and_intervals(run):
    found = run()["metrics"]
    own = found[(found["approach"] == "good") & (found["split"] == "test") & (found["fold"] == "mean")].set_index(
        "metric"
    )
    assert len(own) == 13
    assert ((own["low"] <= own["value"]) & (own["value"] <= own["high"]))[["auc", "brier", "calibration_slope"]].all()
    assert (own["low_bca"] < own["high_bca"]).drop("ece").all() and np.isnan(own.loc["ece", "low_bca"])
    assert set(found.loc[found["split"] == "validation", "fold"]) == {"0", "1", "mean"}


def test_proportions_count_people(run):
    found = run()["proportions"]
    row = found.query("approach == 'good' and split == 'test' and fold == 'ensemble' and metric == 'sensitivity'").iloc[
        0
    ]
    assert row["of"] == 40 and row["wilson_low"] < row["count"] / row["of"] < row["wilson_high"]
    assert row["exact_low"] < row["wilson_low"]


def test_missing_scores_are_named(tmp_path):
    with pytest.raises(UserError, match="no scores; run the workflow again"):
        compute_metrics(tmp_path, *[tmp_path / "x"] * 4, {"T": ["svm"]}, {}, 2, None, 0.1, 100, 0.95, 0)
