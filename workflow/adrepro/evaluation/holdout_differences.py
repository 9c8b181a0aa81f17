"""Paired differences between approaches over repeated hold-outs."""

from itertools import combinations
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from adrepro.core.tables import read_table
from adrepro.evaluation.paired_tests import corrected_t
from adrepro.evaluation.pairwise import CORRECTED_T, difference_row


def holdout_rows(results: Path, task: str, approaches: list[str], confidence_level: float) -> list[dict[str, Any]]:
    """Return the rows of `differences.tsv` of repeated hold-outs.

    Parameters
    ----------
    results : Path
        Folder of the results: `<task>/<approach>/holdout/scores.tsv` and `splits/<task>.tsv`.
    task : str
        Name of the task.
    approaches : list of str
        Names of the approaches with hold-outs.
    confidence_level : float
        Between 0 and 1.

    Returns
    -------
    list of dict
        Difference in mean balanced accuracy of each pair, by the corrected resampled t-test.
    """
    reached: dict[str, pd.Series] = {}
    fitted, held_out = np.nan, np.nan
    for name in approaches:
        scores = read_table(results / task / name / "holdout" / "scores.tsv", numbers=("label", "prediction"))
        right = (scores["label"] == scores["prediction"]).groupby([scores["fold"], scores["label"]]).mean()
        reached[name] = right.groupby("fold").mean()
        held_out = len(scores) / scores["fold"].nunique()
        participants = len(read_table(results / "splits" / f"{task}.tsv").query("partition != 'external'"))
        fitted = participants - held_out
    keys = {"task": task, "dataset": "study", "split": "holdout"}
    rows = []
    for a, b in combinations(reached, 2):
        difference = corrected_t((reached[a] - reached[b]).to_numpy(), fitted, held_out, confidence_level)
        rows.append(difference_row(keys, "balanced_accuracy", a, b, difference, CORRECTED_T))
    return rows
