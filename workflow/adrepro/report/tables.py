"""Tables of metrics of the comparison report: formatted rows from the tables of `evaluation`."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import pandas as pd

from adrepro.config.settings.cohort import Task
from adrepro.config.study import Approach
from adrepro.evaluation.bootstrap import ENSEMBLE, MEAN
from adrepro.evaluation.metrics import METRICS
from adrepro.report.formatting import interval, number, signed
from adrepro.report.published_results import counterpart

SPLITS = ("validation", "test", "external", "holdout")
# Percentile intervals of these have poor coverage in simulations; BCa intervals are shown.
BCA_METRICS = ("average_precision", "calibration_slope")

Cell = dict[str, str | None]
Row = dict[str, object]


@dataclass(frozen=True)
class EvaluationSet:
    """A split of a dataset that approaches are evaluated on, with the number of participants of each class."""

    split: str
    dataset: str
    n_positive: int
    n_negative: int

    @property
    def label(self) -> str:
        """Split and dataset, such as `test, ADNI`."""
        return self.split if self.split == "external" == self.dataset else f"{self.split}, {self.dataset}"


def evaluation_sets(metrics: pd.DataFrame, task: str) -> list[EvaluationSet]:
    """Return the splits and datasets that the approaches of a task are evaluated on.

    Parameters
    ----------
    metrics : DataFrame
        Table `metrics.tsv`.
    task : str
        Name of the task.

    Returns
    -------
    list of EvaluationSet
        Validation first, then test, then external datasets.
    """
    own = metrics[(metrics["task"] == task) & (metrics["fold"] == MEAN)]
    rows = own.drop_duplicates(["split", "dataset"])
    sets = [EvaluationSet(r.split, r.dataset, int(r.n_positive), int(r.n_negative)) for r in rows.itertuples()]
    return sorted(sets, key=lambda one: (SPLITS.index(one.split), one.dataset))


def main_table(
    metrics: pd.DataFrame,
    task: str,
    approaches: Sequence[str],
    names: Mapping[str, str],
    settings_of: Mapping[str, Approach],
    task_settings: Task,
) -> list[Row]:
    """Return rows of balanced accuracy in the layout of Wen et al. 2020, with the published values.

    Parameters
    ----------
    metrics : DataFrame
        Table `metrics.tsv`.
    task : str
        Name of the task.
    approaches : sequence of str
        Names of its approaches.
    names : mapping
        Display names of the approaches.
    settings_of : mapping
        Complete settings of each approach.
    task_settings : Task
        The task, of two classes.

    Returns
    -------
    list of dict
        Rows `name training cells`, with one cell per evaluation set: `value interval folds` of this run, and
        `published published_folds source distance` of its published counterpart. A cell is None where the approach was
        not evaluated.
    """
    rows: list[Row] = []
    for approach in approaches:
        cells: list[Cell | None] = []
        for evaluated in evaluation_sets(metrics, task):
            own = _select(metrics, task, approach, evaluated).query("metric == 'balanced_accuracy'").set_index("fold")
            if own.empty:
                cells.append(None)
                continue
            mean = own.loc[MEAN]
            folds = [value for fold, value in own["value"].items() if fold not in (MEAN, ENSEMBLE)]
            published = counterpart(
                task_settings, settings_of[approach], evaluated.split, evaluated.dataset, "balanced_accuracy"
            )
            cells.append({
                "value": number(mean["value"]), "interval": interval(mean["low"], mean["high"]),
                "folds": " ".join(number(value) for value in folds),
                "published": number(published.value) if published else None,
                "published_folds": " ".join(number(value) for value in published.folds) if published else "",
                "source": f"{published.model}; {published.cohort}; {published.source}" if published else "",
                "distance": signed(mean["value"] - published.value) if published else "",
            })  # fmt: skip
        rows.append({"name": names[approach], "training": settings_of[approach].training_data, "cells": cells})
    return rows


def metric_table(
    metrics: pd.DataFrame, task: str, approaches: Sequence[str], names: Mapping[str, str], evaluated: EvaluationSet
) -> list[Row]:
    """Return rows of all metrics but balanced accuracy on one evaluation set.

    Parameters
    ----------
    metrics : DataFrame
        Table `metrics.tsv`.
    task : str
        Name of the task.
    approaches : sequence of str
        Names of its approaches.
    names : mapping
        Display names of the approaches.
    evaluated : EvaluationSet
        Split and dataset.

    Returns
    -------
    list of dict
        Rows `name cells`; each cell has the mean over folds (`value`), its `interval` and the value of the `ensemble`.
    """
    rows: list[Row] = []
    for approach in approaches:
        own = _select(metrics, task, approach, evaluated).set_index(["fold", "metric"])
        cells = {}
        for metric in METRICS[1:]:
            if (MEAN, metric) not in own.index:
                cells[metric] = {"value": "n/a", "interval": "", "ensemble": ""}
                continue
            mean = own.loc[(MEAN, metric)]
            ends = ("low_bca", "high_bca") if metric in BCA_METRICS else ("low", "high")
            ensemble = own["value"].get((ENSEMBLE, metric))
            cells[metric] = {
                "value": number(mean["value"]), "interval": interval(*mean[list(ends)]) if metric != "ece" else "",
                "ensemble": number(ensemble) if ensemble is not None else "",
            }  # fmt: skip
        rows.append({"name": names[approach], "cells": cells})
    return rows


def confusion_table(
    proportions: pd.DataFrame, task: str, approaches: Sequence[str], names: Mapping[str, str]
) -> list[Row]:
    """Return the confusion matrix of each ensemble on the test set, with Wilson's intervals.

    Parameters
    ----------
    proportions : DataFrame
        Table `proportions.tsv`.
    task : str
        Name of the task.
    approaches : sequence of str
        Names of its approaches.
    names : mapping
        Display names of the approaches.

    Returns
    -------
    list of dict
        Rows `name tp fn tn fp proportions`; `proportions` holds sensitivity, specificity, PPV and NPV as text.
    """
    own = proportions[
        (proportions["task"] == task) & (proportions["split"] == "test") & (proportions["fold"] == ENSEMBLE)
    ].set_index(["approach", "metric"])
    rows: list[Row] = []
    for approach in approaches:
        if (approach, "sensitivity") not in own.index:
            continue
        positive, negative = own.loc[(approach, "sensitivity")], own.loc[(approach, "specificity")]
        formatted = {
            metric: f"{number(part['count'] / part['of'])} {interval(part['wilson_low'], part['wilson_high'])}"
            for metric in ("sensitivity", "specificity", "ppv", "npv")
            if (part := own.loc[(approach, metric)])["of"]
        }
        rows.append({
            "name": names[approach], "proportions": formatted,
            "tp": int(positive["count"]), "fn": int(positive["of"] - positive["count"]),
            "tn": int(negative["count"]), "fp": int(negative["of"] - negative["count"]),
        })  # fmt: skip
    return rows


def _select(metrics: pd.DataFrame, task: str, approach: str, evaluated: EvaluationSet) -> pd.DataFrame:
    """Rows of `metrics.tsv` of one approach on one evaluation set."""
    keys = {"task": task, "approach": approach, "split": evaluated.split, "dataset": evaluated.dataset}
    return metrics[(metrics[list(keys)] == pd.Series(keys)).all(axis=1)]
