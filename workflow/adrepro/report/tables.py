"""The report's tables of results, as rows of words: made from the tables of the comparison, nothing computed anew."""

from dataclasses import dataclass

import pandas as pd

from adrepro.evaluation.bootstrap import ENSEMBLE, MEAN
from adrepro.evaluation.metrics import METRICS
from adrepro.evaluation.pairwise import CORRECTED_T, DELONG, MCNEMAR, PERMUTATION
from adrepro.report.published_results import counterpart

WORDS = {
    "balanced_accuracy": "balanced accuracy", "auc": "AUC", "average_precision": "average precision",
    "sensitivity": "sensitivity", "specificity": "specificity", "accuracy": "accuracy", "ppv": "PPV", "npv": "NPV",
    "f1": "F1", "brier": "Brier score", "calibration_slope": "calibration slope",
    "calibration_intercept": "calibration intercept", "ece": "expected calibration error",
}  # fmt: skip
SPLITS = ("validation", "test", "external", "holdout")
# What bootstrap percentiles do not cover well in simulations: these are shown with BCa intervals.
BY_BCA = ("average_precision", "calibration_slope")


@dataclass(frozen=True)
class Place:
    """Where approaches were judged: a split of a dataset, and how many of each class it had."""

    split: str
    dataset: str
    n_positive: int
    n_negative: int

    @property
    def words(self) -> str:
        return self.split if self.split == "external" == self.dataset else f"{self.split}, {self.dataset}"


def number(value: float, digits: int = 2) -> str:
    return f"{value:.{digits}f}" if pd.notna(value) else "n/a"


def signed(value: float) -> str:
    return f"{value:+.2f}".replace("-", "−") if pd.notna(value) else "n/a"


def interval(low: float, high: float) -> str:
    return f"[{low:.2f}, {high:.2f}]" if pd.notna(low) else ""


def places(metrics: pd.DataFrame, task: str) -> list[Place]:
    """Where the approaches of a task were judged: validation first, then test, then external datasets."""
    own = metrics[(metrics["task"] == task) & (metrics["fold"] == MEAN)]
    rows = own.drop_duplicates(["split", "dataset"])
    found = [Place(r.split, r.dataset, int(r.n_positive), int(r.n_negative)) for r in rows.itertuples()]
    return sorted(found, key=lambda place: (SPLITS.index(place.split), place.dataset))


def _at(metrics: pd.DataFrame, task: str, approach: str, place: Place) -> pd.DataFrame:
    keys = {"task": task, "approach": approach, "split": place.split, "dataset": place.dataset}
    return metrics[(metrics[list(keys)] == pd.Series(keys)).all(axis=1)]


def main_table(
    metrics: pd.DataFrame, task: str, approaches: list[str], names: dict, settings: dict, sides: dict
) -> list[dict]:
    """Rows in the layout of the published table: a cell of balanced accuracy per place, the published one beside it.

    `settings` holds the complete settings of each approach, `sides` the labels of the task.
    """
    rows = []
    for approach in approaches:
        cells = []
        for place in places(metrics, task):
            own = _at(metrics, task, approach, place).query("metric == 'balanced_accuracy'").set_index("fold")
            if own.empty:
                cells.append(None)
                continue
            mean = own.loc[MEAN]
            folds = [v for fold, v in own["value"].items() if fold not in (MEAN, ENSEMBLE)]
            other = counterpart(sides, settings[approach], place.split, place.dataset, "balanced_accuracy")
            cells.append({
                "value": number(mean["value"]), "interval": interval(mean["low"], mean["high"]),
                "folds": " ".join(number(v) for v in folds),
                "published": number(other.value) if other else None,
                "published_folds": " ".join(number(v) for v in other.folds) if other else "",
                "which": f"{other.model}; {other.cohort}; {other.source}" if other else "",
                "distance": signed(mean["value"] - other.value) if other else "",
            })  # fmt: skip
        rows.append({"name": names[approach], "training": settings[approach]["training_data"], "cells": cells})
    return rows


def metric_table(metrics: pd.DataFrame, task: str, approaches: list[str], names: dict, place: Place) -> list[dict]:
    """Rows of every metric but balanced accuracy at one place: mean of folds, interval, and the ensemble's value."""
    rows = []
    for approach in approaches:
        own = _at(metrics, task, approach, place).set_index(["fold", "metric"])
        cells = {}
        for metric in METRICS[1:]:
            if (MEAN, metric) not in own.index:
                cells[metric] = {"value": "n/a", "interval": "", "ensemble": ""}
                continue
            mean = own.loc[(MEAN, metric)]
            ends = ("low_bca", "high_bca") if metric in BY_BCA else ("low", "high")
            together = own["value"].get((ENSEMBLE, metric))
            cells[metric] = {
                "value": number(mean["value"]), "interval": interval(*mean[list(ends)]) if metric != "ece" else "",
                "ensemble": number(together) if together is not None else "",
            }  # fmt: skip
        rows.append({"name": names[approach], "cells": cells})
    return rows


def confusion_table(proportions: pd.DataFrame, task: str, approaches: list[str], names: dict) -> list[dict]:
    """Rows of the test set: how many were called right and wrong by the ensemble, and Wilson's intervals."""
    own = proportions[
        (proportions["task"] == task) & (proportions["split"] == "test") & (proportions["fold"] == ENSEMBLE)
    ].set_index(["approach", "metric"])
    rows = []
    for approach in approaches:
        if (approach, "sensitivity") not in own.index:
            continue
        found, cleared = own.loc[(approach, "sensitivity")], own.loc[(approach, "specificity")]
        shares = {
            metric: f"{number(part['count'] / part['of'])} {interval(part['wilson_low'], part['wilson_high'])}"
            for metric in ("sensitivity", "specificity", "ppv", "npv")
            if (part := own.loc[(approach, metric)])["of"]
        }
        rows.append({
            "name": names[approach], "shares": shares,
            "tp": int(found["count"]), "fn": int(found["of"] - found["count"]),
            "tn": int(cleared["count"]), "fp": int(cleared["of"] - cleared["count"]),
        })  # fmt: skip
    return rows


def pair_rows(differences: pd.DataFrame, task: str, names: dict) -> list[dict]:
    """Every paired difference of a task with its test, and who is better."""
    own = differences[(differences["task"] == task) & differences["p_value"].notna()]
    order = {PERMUTATION: 0, DELONG: 1, MCNEMAR: 2, CORRECTED_T: 3}
    own = own.assign(order=own["test"].map(order), where=own["split"].map(SPLITS.index))
    rows = []
    for row in own.sort_values(["where", "dataset", "order", "metric"], kind="stable").to_dict("records"):
        a, b = names[row["approach_a"]], names[row["approach_b"]]
        verdict = {"a": f"{a} better", "b": f"{b} better", "none": "no difference shown"}[row["advantage"]]
        ends = interval(row["low"], row["high"]) if pd.notna(row["low"]) else ""
        rows.append({
            "a": a, "b": b, "where": f"{row['split']}, {row['dataset']}", "metric": WORDS[row["metric"]],
            "test": row["test"], "difference": signed(row["difference"]), "interval": ends,
            "p": number(row["p_value"], 4), "holm": number(row["p_adjusted"], 4),
            "bonferroni": number(row["p_bonferroni"], 4), "advantage": verdict,
            "detectable": number(row["detectable"]) if pd.notna(row["detectable"]) else "",
        })  # fmt: skip
    return rows


def non_inferiority_table(rows: pd.DataFrame, task: str, names: dict) -> list[dict]:
    """Who is shown to be worse than the reference by less than the margin, on the test set."""
    own = rows[(rows["task"] == task) & (rows["split"] == "test") & rows["low"].notna()]
    return [
        {
            "name": names[r.approach], "reference": names[r.reference], "metric": WORDS[r.metric],
            "difference": signed(r.difference), "interval": interval(r.low, r.high), "verdict": r.verdict,
        }
        for r in own.itertuples()
    ]  # fmt: skip
