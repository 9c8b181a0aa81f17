import numpy as np
import pandas as pd

from adrepro.report.difference_tables import non_inferiority_table, pair_rows

NAMES = {"a": "SVM", "b": "CNN"}


def test_paired_differences_are_ordered_by_split_and_test():
    row = {
        "task": "T", "dataset": "ADNI", "split": "test", "metric": "auc", "approach_a": "a", "approach_b": "b",
        "difference": -0.1, "low": -0.2, "high": -0.05, "p_value": 0.01, "p_adjusted": 0.03, "p_bonferroni": 0.04,
        "test": "paired permutation", "advantage": "b", "detectable": 0.12,
    }  # fmt: skip
    mcnemar = row | {"test": "McNemar", "metric": "accuracy", "low": np.nan, "high": np.nan, "detectable": np.nan}
    rows = [mcnemar | {"advantage": "none"}, row | {"split": "external"}, row, row | {"p_value": np.nan}]
    first, second, third = pair_rows(pd.DataFrame(rows), "T", NAMES)
    assert first == {
        "a": "SVM", "b": "CNN", "evaluated_on": "test, ADNI", "metric": "AUC", "test": "paired permutation",
        "difference": "−0.10", "interval": "[-0.20, -0.05]", "p": "0.0100", "holm": "0.0300", "bonferroni": "0.0400",
        "advantage": "CNN better", "detectable": "0.12",
    }  # fmt: skip
    assert (second["test"], second["advantage"]) == ("McNemar", "not significant")
    assert (second["interval"], second["detectable"]) == ("", "") and third["evaluated_on"] == "external, ADNI"


def test_non_inferiority_is_shown_for_the_test_set():
    row = {
        "task": "T", "split": "test", "metric": "balanced_accuracy", "approach": "b", "reference": "a",
        "difference": 0.02, "low": -0.01, "high": 0.05, "verdict": "not inferior",
    }  # fmt: skip
    rows = pd.DataFrame([row, row | {"split": "validation"}, row | {"low": np.nan}])
    assert non_inferiority_table(rows, "T", NAMES) == [
        {
            "name": "CNN", "reference": "SVM", "metric": "balanced accuracy", "difference": "+0.02",
            "interval": "[-0.01, 0.05]", "verdict": "not inferior",
        }
    ]  # fmt: skip
