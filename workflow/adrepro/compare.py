"""Metrics of every approach with intervals, and paired differences between approaches."""

import zlib
from itertools import combinations
from pathlib import Path

import numpy as np
import pandas as pd

from . import step
from .errors import UserError
from .files import read_table, write_table
from .metrics import METRICS, bootstrap_p, holm, interval, replicate_weights, weighted_metrics

COMPARED = ("balanced_accuracy", "auc")


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


SMALLEST_CLASS = 5


class Replicates:
    """Metric samples of all approaches on one task, dataset and split, over the same bootstrap replicates."""

    def __init__(self, rows: pd.DataFrame, replicates: int, seed: int) -> None:
        self.folds = sorted(rows["fold"].unique())
        self.samples: dict[tuple[str, str], dict[str, np.ndarray]] = {}
        self.counts: dict[str, tuple[int, int]] = {}
        validation = rows["split"].iloc[0] == "validation"
        name = "/".join(rows.iloc[0][["task", "dataset", "split"]])
        for approach, own in rows.groupby("approach", sort=True):
            per_fold = []
            for fold in self.folds:
                part = own[own["fold"] == fold].sort_values("participant_id")
                # Test participants are the same in all folds and get the same draw; validation participants are not.
                key = f"{name}/{int(fold)}" if validation else name
                per_fold.append(self._sample(str(approach), f"{int(fold)}", part, key, replicates, seed))
            means = {metric: np.mean([samples[metric] for samples in per_fold], axis=0) for metric in METRICS}
            self.samples[str(approach), "mean"] = means
            people = own.drop_duplicates("participant_id")["label"]
            self.counts["mean"] = (int((people == 1).sum()), int((people == 0).sum()))
            if not validation:
                kind = own["score_kind"].iloc[0]
                together = own.groupby("participant_id", as_index=False).agg({"label": "first", "score": "mean"})
                together["prediction"] = (together["score"] > (0.5 if kind == "probability" else 0)).astype(int)
                self._sample(str(approach), "ensemble", together, name, replicates, seed)

    def _sample(self, approach: str, fold: str, part: pd.DataFrame, key: str, replicates: int, seed: int) -> dict:
        target = part["label"].to_numpy()
        weights = replicate_weights(target, replicates, np.random.default_rng([seed, zlib.crc32(key.encode())]))
        found = weighted_metrics(target, part["score"].to_numpy(), part["prediction"].to_numpy(), weights)
        self.samples[approach, fold] = found
        self.counts[fold] = (int((target == 1).sum()), int((target == 0).sum()))
        return found


def metric_rows(keys: dict, found: Replicates, level: float) -> list[dict]:
    """Rows of `metrics.tsv` for one task, dataset and split."""
    return [
        {
            "task": keys["task"], "approach": approach, "dataset": keys["dataset"], "split": keys["split"],
            "fold": fold, "metric": metric, "value": samples[0], "low": bounds[0], "high": bounds[1],
            "n_positive": found.counts[fold][0], "n_negative": found.counts[fold][1],
        }
        for (approach, fold), by_metric in found.samples.items()
        for metric, samples in by_metric.items()
        for bounds in [interval(samples[1:], level)]
    ]  # fmt: skip


def difference_rows(keys: dict, found: Replicates, approaches: list[str], level: float) -> list[dict]:
    """Rows of `differences.tsv`: A minus B in the mean over folds, paired by participant.

    A class of fewer than `SMALLEST_CLASS` has too few people to draw from: no interval and no p-value then.
    """
    rows = []
    enough = min(found.counts["mean"]) >= SMALLEST_CLASS
    for a, b in combinations(approaches, 2):
        for metric in COMPARED:
            samples = found.samples[a, "mean"][metric] - found.samples[b, "mean"][metric]
            low, high = interval(samples[1:], level) if enough else (np.nan, np.nan)
            rows.append({
                "task": keys["task"], "dataset": keys["dataset"], "split": keys["split"], "metric": metric,
                "approach_a": a, "approach_b": b, "difference": samples[0], "low": low, "high": high,
                "p_value": bootstrap_p(samples[1:]) if enough else np.nan,
            })  # fmt: skip
    return rows


def advantage(difference: float, p_adjusted: float, alpha: float) -> str:
    """`a`, `b` or `none`: which approach is shown to be better."""
    if not p_adjusted < alpha:
        return "none"
    return "a" if difference > 0 else "b"


def compare(
    results: Path, metrics: Path, differences: Path, approaches: dict, replicates: int, level: float, seed: int
) -> None:
    """Write the two tables of the comparison."""
    scores = read_scores(results, approaches)
    rows: list[dict] = []
    pairs: list[dict] = []
    for (task, split, dataset), part in scores.groupby(["task", "split", "dataset"], sort=True):
        keys = {"task": task, "split": split, "dataset": dataset}
        found = Replicates(part, replicates, seed)
        rows += metric_rows(keys, found, level)
        if split != "validation":
            pairs += difference_rows(keys, found, approaches[str(task)], level)
    columns = ["task", "dataset", "split", "metric", "approach_a", "approach_b", "difference", "low", "high", "p_value"]
    table = pd.DataFrame(pairs, columns=columns)
    # One family of comparisons per task, dataset, split and metric.
    family = table.groupby(["task", "dataset", "split", "metric"])["p_value"]
    table["p_adjusted"] = family.transform(lambda p: holm(p.to_numpy())) if len(table) else []
    table["test"] = "paired bootstrap, Holm"
    table["advantage"] = [
        advantage(d, p, 1 - level) for d, p in zip(table["difference"], table["p_adjusted"], strict=True)
    ]
    write_table(metrics, pd.DataFrame(rows).round(6))
    write_table(differences, table.round(6))


if __name__ == "__main__":
    step.run(compare)
