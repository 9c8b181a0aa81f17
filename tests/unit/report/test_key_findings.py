import numpy as np
import pandas as pd

from adrepro.report.key_findings import (
    best_approach,
    pairwise_findings,
    single_class_predictions,
    small_evaluation_sets,
)
from adrepro.report.tables import EvaluationSet

NAMES = {"a": "SVM", "b": "CNN", "c": "forest"}


def metrics(values, metric="balanced_accuracy"):
    return pd.DataFrame(
        {
            "task": "T", "split": "test", "fold": "mean", "metric": metric, "approach": name, "value": value,
            "low": value - 0.2, "high": value + 0.2,
        }
        for name, value in values.items()
    )  # fmt: skip


def differences(rows):
    return pd.DataFrame(
        {
            "task": "T", "split": "test", "metric": "balanced_accuracy", "test": "paired permutation",
            "approach_a": a, "approach_b": b, "difference": difference, "p_value": p, "advantage": advantage,
            "detectable": detectable,
        }
        for a, b, difference, p, advantage, detectable in rows
    )  # fmt: skip


def test_the_best_approaches_and_those_above_chance():
    text = best_approach(metrics({"a": 0.8, "b": 0.8, "c": 0.6}), "T", NAMES)
    assert text == (
        "Highest balanced accuracy: SVM and CNN, 0.80 [0.60, 1.00]; 2 of 3 approaches are above chance by their "
        "confidence interval."
    )
    assert "1 of 2 approaches is above chance" in best_approach(metrics({"a": 0.8, "b": 0.6}), "T", NAMES)
    assert "it is above chance" in best_approach(metrics({"a": 0.8}), "T", NAMES)
    assert "it is not above chance" in best_approach(metrics({"a": 0.6}), "T", NAMES)


def test_significant_and_detectable_differences():
    rows = [("a", "b", -0.2, 0.01, "b", 0.1), ("a", "c", 0.1, 0.3, "none", 0.15), ("b", "c", 0.1, 0.4, "none", 0.12)]
    assert pairwise_findings(differences(rows), "T", NAMES) == (
        "Significant after Holm's adjustment: CNN better than SVM by 0.20. No significant difference in the other 2 "
        "pairs. Minimum detectable difference (80 % power): 0.10 to 0.15, by pair."
    )
    assert pairwise_findings(differences(rows[1:2]), "T", NAMES) == (
        "No significant difference between approaches (1 pair, Holm-adjusted). Minimum detectable difference (80 % "
        "power): 0.15."
    )


def test_comparisons_that_were_not_made():
    assert "only one approach" in pairwise_findings(differences([("a", "b", 0, 1, "none", 0)]), "another", NAMES)
    text = pairwise_findings(differences([("a", "b", 0, np.nan, "none", np.nan)]), "T", NAMES)
    assert text == "With fewer than 5 test participants in a class, approaches cannot be compared."


def test_small_sets_and_predictions_of_one_class_are_pointed_out():
    sets = [EvaluationSet("test", "ADNI", 10, 40), EvaluationSet("external", "AIBL", 40, 30)]
    assert small_evaluation_sets(sets, 30) == ["test, ADNI (10 / 40)"]
    table = pd.concat(
        [metrics({"a": 0, "b": 1, "c": 0.5}, "sensitivity"), metrics({"a": 1, "b": 0, "c": 1}, "specificity")]
    )
    assert single_class_predictions(table, "T", NAMES) == [
        "SVM predicts the negative class for every test participant.",
        "CNN predicts the positive class for every test participant.",
    ]
    assert single_class_predictions(table[table["metric"] == "sensitivity"], "T", NAMES) == []
