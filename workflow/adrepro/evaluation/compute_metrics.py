"""Metrics of every approach with intervals, and paired differences between approaches with tests."""

from pathlib import Path

import numpy as np
import pandas as pd

from adrepro.core import step
from adrepro.core.errors import UserError, raise_all
from adrepro.core.files import read_table, write_table
from adrepro.evaluation.bootstrap import ENSEMBLE, Replicates, ensemble
from adrepro.evaluation.confidence_intervals import proportion
from adrepro.evaluation.metrics import BIASED, METRICS
from adrepro.evaluation.pairwise import adjusted, difference_rows, holdout_rows, non_inferiority_rows


def read_scores(results: Path, approaches: dict[str, list[str]]) -> pd.DataFrame:
    """The scores of all approaches and folds; `approaches` lists the names per task."""
    tables = []
    for task, names in approaches.items():
        for name in names:
            paths = sorted((results / task / name).glob("fold-*/scores.tsv"))
            if not paths:
                raise UserError(f"{results / task / name}: no scores; run the workflow again")
            tables += [read_table(path, numbers=("label", "score", "prediction", "fold")) for path in paths]
    return pd.concat(tables, ignore_index=True)


def refuse_gaps(results: Path, scores: pd.DataFrame) -> None:
    """Raise a `UserError` naming models that lack scores of people whom others of the task scored, as in a cut file."""
    of_fold = "validation " + scores["fold"].astype(int).astype(str)
    parts = scores.assign(part=scores["split"].where(scores["split"] != "validation", of_fold))
    problems = []
    for task, own in parts.groupby("task"):
        counts = own.groupby(["approach", "fold", "part"])["participant_id"].nunique().unstack("part").fillna(0)
        for (approach, fold), found in counts.iterrows():
            judged = [name for name in counts if name in ("test", "external", f"validation {fold:.0f}")]
            if (found[judged] < counts[judged].max()).any():
                path = f"{task}/{approach}/fold-{fold:.0f}/scores.tsv"
                problems.append(f"{path}: lacks people whom other models of the task scored; delete it and run again")
    raise_all(problems, str(results))


def metric_rows(keys: dict, found: Replicates, level: float) -> list[dict]:
    """Rows of `metrics.tsv` for one task, dataset and split."""
    rows = []
    for (approach, fold), metrics in found.found.items():
        for metric in filter(metrics.__contains__, METRICS):
            sampled = metrics[metric]
            (low, high), (low_bca, high_bca) = sampled.interval(level), sampled.corrected(level)
            if metric in BIASED:
                low = high = low_bca = high_bca = np.nan
            rows.append({
                "task": keys["task"], "approach": approach, "dataset": keys["dataset"], "split": keys["split"],
                "fold": fold, "metric": metric, "value": sampled.samples[0], "low": low, "high": high,
                "n_positive": found.counts[fold][0], "n_negative": found.counts[fold][1],
                "low_bca": low_bca, "high_bca": high_bca,
            })  # fmt: skip
    return rows


def proportion_rows(keys: dict, scores: pd.DataFrame, level: float) -> list[dict]:
    """Rows of `proportions.tsv`: shares of people with Wilson's and exact intervals, by fold and of the ensemble."""
    rows = []
    for approach, own in scores.groupby("approach", sort=True):
        parts = [(f"{int(fold)}", part) for fold, part in own.groupby("fold", sort=True)]
        if keys["split"] != "validation":
            parts.append((ENSEMBLE, ensemble(own)))
        for fold, part in parts:
            right, positive, called = part["label"] == part["prediction"], part["label"] == 1, part["prediction"] == 1
            people = {"sensitivity": positive, "specificity": ~positive, "ppv": called, "npv": ~called}
            for metric, of in {**people, "accuracy": positive | ~positive}.items():
                count, total = int((right & of).sum()), int(of.sum())
                intervals = [proportion(count, total, level, method) for method in ("wilson", "exact")]
                row = {**keys, "approach": approach, "fold": fold, "metric": metric, "count": count, "of": total}
                names = ("wilson_low", "wilson_high", "exact_low", "exact_high")
                rows.append(row | dict(zip(names, sum(intervals, ()), strict=True)))
    return rows


def compare(
    results: Path,
    metrics: Path,
    proportions: Path,
    differences: Path,
    noninferiority: Path,
    approaches: dict,
    settings: dict,
    replicates: int,
    level: float,
    seed: int,
) -> None:
    """Write the tables of the comparison; `settings` holds `margin` and `against`, the reference approach."""
    scores = read_scores(results, approaches)
    refuse_gaps(results, scores)
    rows: list[dict] = []
    counted: list[dict] = []
    pairs: list[dict] = []
    no_worse: list[dict] = []
    each = scores.groupby(["task", "split", "dataset"], sort=True)
    counts = each["approach"].nunique()
    together = (counts * (counts - 1) // 2).groupby(["split", "dataset"]).sum()  # pairs over all tasks
    for (task, split, dataset), part in each:
        keys = {"task": task, "dataset": dataset, "split": split}
        found = Replicates(part, replicates, seed)
        rows += metric_rows(keys, found, level)
        counted += proportion_rows(keys, part, level)
        if split != "validation":
            family = int(together[split, dataset])
            pairs += difference_rows(keys, found, part, approaches[str(task)], level, family)
            no_worse += non_inferiority_rows(keys, found, settings["against"], settings["margin"], level)
    for task, names in approaches.items():
        pairs += holdout_rows(results, task, names, level)
    write_table(metrics, pd.DataFrame(rows).round(6))
    write_table(proportions, pd.DataFrame(counted).round(6))
    write_table(differences, adjusted(pairs, 1 - level).round(6))
    columns = "task dataset split metric approach reference margin difference low high verdict".split()
    write_table(noninferiority, pd.DataFrame(no_worse, columns=columns).round(6))


if __name__ == "__main__":
    step.run(compare)
