"""Metrics of every approach with confidence intervals, and paired tests between approaches."""

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from adrepro.core import step
from adrepro.core.tables import write_table
from adrepro.evaluation.bootstrap import ENSEMBLE, PairedBootstrap, ensemble
from adrepro.evaluation.confidence_intervals import proportion
from adrepro.evaluation.holdout_differences import holdout_rows
from adrepro.evaluation.metrics import BIASED_METRICS, METRICS
from adrepro.evaluation.noninferiority import non_inferiority_rows
from adrepro.evaluation.pairwise import adjust_p_values, difference_rows
from adrepro.evaluation.score_tables import read_scores, refuse_gaps


def metric_rows(keys: dict[str, str], found: PairedBootstrap, confidence_level: float) -> list[dict[str, Any]]:
    """Return the rows of `metrics.tsv` of one task, dataset and split.

    Parameters
    ----------
    keys : dict of str to str
        `task`, `dataset` and `split`.
    found : PairedBootstrap
        Metrics of the approaches there.
    confidence_level : float
        Between 0 and 1.

    Returns
    -------
    list of dict
        One per approach, fold and metric, with percentile and BCa interval; biased metrics have none.
    """
    rows = []
    for (approach, fold), metrics in found.found.items():
        for metric in filter(metrics.__contains__, METRICS):
            own = metrics[metric]
            (low, high), (low_bca, high_bca) = own.interval(confidence_level), own.corrected(confidence_level)
            if metric in BIASED_METRICS:
                low = high = low_bca = high_bca = np.nan
            rows.append({
                "task": keys["task"], "approach": approach, "dataset": keys["dataset"], "split": keys["split"],
                "fold": fold, "metric": metric, "value": own.samples[0], "low": low, "high": high,
                "n_positive": found.counts[fold][0], "n_negative": found.counts[fold][1],
                "low_bca": low_bca, "high_bca": high_bca,
            })  # fmt: skip
    return rows


def proportion_rows(keys: dict[str, str], scores: pd.DataFrame, confidence_level: float) -> list[dict[str, Any]]:
    """Return the rows of `proportions.tsv` of one task, dataset and split.

    Parameters
    ----------
    keys : dict of str to str
        `task`, `dataset` and `split`.
    scores : DataFrame
        Scores of the approaches there.
    confidence_level : float
        Between 0 and 1.

    Returns
    -------
    list of dict
        Sensitivity, specificity, PPV, NPV and accuracy as counts of participants, with Wilson's and exact intervals:
        one row per approach, fold (and ensemble) and metric.
    """
    rows = []
    for approach, own in scores.groupby("approach", sort=True):
        parts = [(f"{int(fold)}", part) for fold, part in own.groupby("fold", sort=True)]
        if keys["split"] != "validation":
            parts.append((ENSEMBLE, ensemble(own)))
        for fold, part in parts:
            right, positive, called = part["label"] == part["prediction"], part["label"] == 1, part["prediction"] == 1
            groups = {"sensitivity": positive, "specificity": ~positive, "ppv": called, "npv": ~called}
            for metric, of in {**groups, "accuracy": positive | ~positive}.items():
                count, total = int((right & of).sum()), int(of.sum())
                intervals = [proportion(count, total, confidence_level, method) for method in ("wilson", "exact")]
                row = {**keys, "approach": approach, "fold": fold, "metric": metric, "count": count, "of": total}
                names = ("wilson_low", "wilson_high", "exact_low", "exact_high")
                rows.append(row | dict(zip(names, sum(intervals, ()), strict=True)))
    return rows


def compute_metrics(
    results: Path,
    metrics: Path,
    proportions: Path,
    differences: Path,
    noninferiority: Path,
    approaches: dict[str, list[str]],
    holdouts: dict[str, list[str]],
    folds: int,
    reference_approach: str | None,
    margin: float,
    replicates: int,
    confidence_level: float,
    seed: int,
) -> None:
    """Write the tables of the comparison: metrics, proportions, paired differences and non-inferiority.

    Parameters
    ----------
    results : Path
        Folder of the results: scores of every fold, splits and scores of repeated hold-outs (input).
    metrics, proportions, differences, noninferiority : Path
        TSVs to write (output): metrics with bootstrap intervals; counts of participants with intervals of proportions;
        differences between approaches with p-values; and differences from the reference approach with a verdict.
    approaches : dict of str to list of str
        Names of the approaches per task.
    holdouts : dict of str to list of str
        Names of those with repeated hold-outs.
    folds : int
        Number of cross-validation folds.
    reference_approach : str, optional
        Approach that the others are tested against for non-inferiority.
    margin : float
        Non-inferiority margin, in balanced accuracy or AUC.
    replicates : int
        Bootstrap replicates, and permutations.
    confidence_level : float
        Of intervals; tests use 1 minus it as their significance level.
    seed : int
        Seed of bootstrap and permutations.

    Raises
    ------
    UserError
        If scores are missing or incomplete.
    """
    scores = read_scores(results, approaches, folds)
    refuse_gaps(results, scores)
    rows: list[dict[str, Any]] = []
    counted: list[dict[str, Any]] = []
    pairs: list[dict[str, Any]] = []
    margins: list[dict[str, Any]] = []
    each = scores.groupby(["task", "split", "dataset"], sort=True)
    counts = each["approach"].nunique()
    families = (counts * (counts - 1) // 2).groupby(["split", "dataset"]).sum()  # pairs over all tasks
    for (task, split, dataset), part in each:
        keys = {"task": task, "dataset": dataset, "split": split}
        found = PairedBootstrap(part, replicates, seed)
        rows += metric_rows(keys, found, confidence_level)
        counted += proportion_rows(keys, part, confidence_level)
        if split != "validation":
            family = int(families[split, dataset])
            pairs += difference_rows(keys, found, part, approaches[str(task)], confidence_level, family)
            margins += non_inferiority_rows(keys, found, reference_approach, margin, confidence_level)
    for task, names in holdouts.items():
        pairs += holdout_rows(results, task, names, confidence_level)
    write_table(metrics, pd.DataFrame(rows).round(6))
    write_table(proportions, pd.DataFrame(counted).round(6))
    write_table(differences, adjust_p_values(pairs, 1 - confidence_level).round(6))
    columns = "task dataset split metric approach reference margin difference low high verdict".split()
    write_table(noninferiority, pd.DataFrame(margins, columns=columns).round(6))


if __name__ == "__main__":
    step.run(compute_metrics)
