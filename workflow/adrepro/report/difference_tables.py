"""Tables of differences of the comparison report: paired tests and non-inferiority."""

from collections.abc import Mapping

import pandas as pd

from adrepro.evaluation.pairwise import CORRECTED_T, DELONG, MCNEMAR, PERMUTATION
from adrepro.report.formatting import METRIC_LABELS, interval, number, signed
from adrepro.report.tables import SPLITS, Row


def pair_rows(differences: pd.DataFrame, task: str, names: Mapping[str, str]) -> list[Row]:
    """Return rows of all paired differences of a task with a test.

    Parameters
    ----------
    differences : DataFrame
        Table `differences.tsv`.
    task : str
        Name of the task.
    names : mapping
        Display names of the approaches.

    Returns
    -------
    list of dict
        Rows `a b evaluated_on metric test difference interval p holm bonferroni advantage detectable`.
    """
    own = differences[(differences["task"] == task) & differences["p_value"].notna()]
    order = {PERMUTATION: 0, DELONG: 1, MCNEMAR: 2, CORRECTED_T: 3}
    own = own.assign(test_order=own["test"].map(order), split_order=own["split"].map(SPLITS.index))
    rows: list[Row] = []
    for row in own.sort_values(["split_order", "dataset", "test_order", "metric"], kind="stable").to_dict("records"):
        a, b = names[row["approach_a"]], names[row["approach_b"]]
        advantage = {"a": f"{a} better", "b": f"{b} better", "none": "not significant"}[row["advantage"]]
        rows.append({
            "a": a, "b": b, "evaluated_on": f"{row['split']}, {row['dataset']}", "metric": METRIC_LABELS[row["metric"]],
            "test": row["test"], "difference": signed(row["difference"]), "interval": interval(row["low"], row["high"]),
            "p": number(row["p_value"], 4), "holm": number(row["p_adjusted"], 4),
            "bonferroni": number(row["p_bonferroni"], 4), "advantage": advantage,
            "detectable": number(row["detectable"]) if pd.notna(row["detectable"]) else "",
        })  # fmt: skip
    return rows


def non_inferiority_table(rows: pd.DataFrame, task: str, names: Mapping[str, str]) -> list[dict[str, str]]:
    """Return rows of the non-inferiority of each approach to the reference approach, on the test set.

    Parameters
    ----------
    rows : DataFrame
        Table `noninferiority.tsv`.
    task : str
        Name of the task.
    names : mapping
        Display names of the approaches.

    Returns
    -------
    list of dict
        Rows `name reference metric difference interval verdict`.
    """
    own = rows[(rows["task"] == task) & (rows["split"] == "test") & rows["low"].notna()]
    return [
        {
            "name": names[r.approach], "reference": names[r.reference], "metric": METRIC_LABELS[r.metric],
            "difference": signed(r.difference), "interval": interval(r.low, r.high), "verdict": r.verdict,
        }
        for r in own.itertuples()
    ]  # fmt: skip
