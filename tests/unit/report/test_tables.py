import pandas as pd

from adrepro.config.settings.approaches import ClassicalApproach
from adrepro.config.settings.cohort import Task
from adrepro.report.tables import EvaluationSet, confusion_table, evaluation_sets, main_table, metric_table

TASK, NAMES = "AD_vs_CN", {"svm": "SVM", "other": "other SVM"}
SETTINGS = dict.fromkeys(NAMES, ClassicalApproach(kind="svm_voxel"))
TEST = EvaluationSet("test", "ADNI", 30, 40)


def row(split, dataset, fold, metric="balanced_accuracy", value=0.85, **change):
    return {
        "task": TASK, "approach": "svm", "split": split, "dataset": dataset, "fold": fold, "metric": metric,
        "value": value, "low": 0.8, "high": 0.9, "low_bca": 0.7, "high_bca": 0.95, "n_positive": 30, "n_negative": 40,
    } | change  # fmt: skip


METRICS = pd.DataFrame(
    [row("external", "AIBL", "mean"), row("test", "ADNI", "mean"), row("validation", "ADNI", "mean")]
    + [row("test", "ADNI", fold, value=value) for fold, value in (("0", 0.8), ("1", 0.9), ("ensemble", 0.87))]
    + [row("test", "ADNI", fold, metric, 0.5) for fold in ("mean", "ensemble") for metric in ("auc", "ece")]
    + [row("test", "ADNI", "mean", "average_precision", 0.5)]
)


def test_evaluation_sets_are_in_order():
    labels = [one.label for one in evaluation_sets(METRICS, TASK)]
    assert labels == ["validation, ADNI", "test, ADNI", "external, AIBL"]
    assert EvaluationSet("external", "external", 1, 1).label == "external" and evaluation_sets(METRICS, TASK)[1] == TEST


def test_the_main_table_has_folds_and_published_values():
    rows = main_table(METRICS, TASK, list(NAMES), NAMES, SETTINGS, Task(positive="AD", negative="CN"))
    _, test, external = rows[0]["cells"]
    assert (test["value"], test["interval"], test["folds"]) == ("0.85", "[0.80, 0.90]", "0.80 0.90")
    assert test["published"] == "0.88" and test["distance"] == "−0.03" and "Wen et al. 2020" in test["source"]
    assert external["folds"] == "" and rows[1] == {"name": "other SVM", "training": "baseline", "cells": [None] * 3}


def test_other_metrics_have_bca_intervals_where_percentiles_cover_poorly():
    cells = metric_table(METRICS, TASK, ["svm"], NAMES, TEST)[0]["cells"]
    assert cells["auc"] == {"value": "0.50", "interval": "[0.80, 0.90]", "ensemble": "0.50"}
    assert cells["average_precision"] == {"value": "0.50", "interval": "[0.70, 0.95]", "ensemble": ""}
    assert cells["ece"]["interval"] == "" and cells["brier"]["value"] == "n/a"


def test_the_confusion_matrix_counts_both_classes():
    counts = {"sensitivity": (8, 10), "specificity": (6, 10), "ppv": (8, 12), "npv": (0, 0)}
    table = pd.DataFrame(
        {
            "task": TASK, "split": "test", "fold": "ensemble", "approach": "svm", "metric": metric, "count": count,
            "of": of, "wilson_low": 0.1, "wilson_high": 0.9,
        }
        for metric, (count, of) in counts.items()
    )  # fmt: skip
    (found,) = confusion_table(table, TASK, list(NAMES), NAMES)
    assert [found[key] for key in ("tp", "fn", "tn", "fp")] == [8, 2, 6, 4]
    assert found["proportions"] == {
        "sensitivity": "0.80 [0.10, 0.90]", "specificity": "0.60 [0.10, 0.90]", "ppv": "0.67 [0.10, 0.90]",
    }  # fmt: skip
