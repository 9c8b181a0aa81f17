"""Metrics of every approach with intervals, and paired differences between approaches with tests."""

from itertools import combinations
from pathlib import Path

import numpy as np
import pandas as pd

from . import step
from .errors import UserError
from .files import read_table, write_table
from .intervals import percentile, proportion
from .metrics import METRICS
from .paired import Difference, bonferroni, bootstrap_p, corrected_t, delong, detectable, holm, mcnemar
from .replicates import ENSEMBLE, MEAN, Replicates, ensemble

COMPARED = ("balanced_accuracy", "auc")
SMALLEST_CLASS = 5  # fewer people are too few to draw from: no interval of a difference, and no test
BOOTSTRAP, DELONG, MCNEMAR, CORRECTED_T = "paired bootstrap", "DeLong", "McNemar", "corrected t"
FAMILY = ["task", "dataset", "split", "metric", "test"]
NOTHING = Difference(np.nan, np.nan, np.nan, np.nan)


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


def metric_rows(keys: dict, found: Replicates, level: float) -> list[dict]:
    """Rows of `metrics.tsv` for one task, dataset and split."""
    rows = []
    for (approach, fold), metrics in found.found.items():
        for metric in filter(metrics.__contains__, METRICS):
            sampled = metrics[metric]
            (low, high), (low_bca, high_bca) = sampled.interval(level), sampled.corrected(level)
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


def difference_rows(
    keys: dict, found: Replicates, scores: pd.DataFrame, approaches: list[str], level: float
) -> list[dict]:
    """Rows of `differences.tsv`: A minus B in the mean over folds by the bootstrap, in the ensemble by other tests.

    `detectable` is the difference that the smallest of the family's thresholds would let this set of people show.
    """
    rows = []
    enough = min(found.counts[MEAN]) >= SMALLEST_CLASS
    together = {name: ensemble(own) for name, own in scores.groupby("approach")}
    pairs = list(combinations([name for name in approaches if (name, MEAN) in found.found], 2))
    for a, b in pairs:
        target = together[a]["label"].to_numpy()
        tests = [(metric, BOOTSTRAP, *_by_bootstrap(found, a, b, metric, enough, level)) for metric in COMPARED]
        tests = [
            (metric, test, own, detectable(samples, (1 - level) / len(pairs))) for metric, test, own, samples in tests
        ]
        by_rank, by_errors = NOTHING, NOTHING
        if enough:
            by_rank = delong(target, together[a]["score"].to_numpy(), together[b]["score"].to_numpy(), level)
            by_errors = mcnemar(*(together[name]["prediction"].to_numpy() == target for name in (a, b)))
        tests += [("auc", DELONG, by_rank, np.nan), ("accuracy", MCNEMAR, by_errors, np.nan)]
        rows += [_row(keys, metric, a, b, own, test, power) for metric, test, own, power in tests]
    return rows


def _by_bootstrap(
    found: Replicates, a: str, b: str, metric: str, enough: bool, level: float
) -> tuple[Difference, np.ndarray]:
    samples = found.found[a, MEAN][metric].samples - found.found[b, MEAN][metric].samples
    if not enough:
        return Difference(samples[0], np.nan, np.nan, np.nan), np.empty(0)
    return Difference(samples[0], *percentile(samples[1:], level), bootstrap_p(samples[1:])), samples[1:]


def holdout_rows(results: Path, task: str, approaches: list[str], level: float) -> list[dict]:
    """Rows of `differences.tsv` of approaches on repeated hold-outs: their balanced accuracy in each iteration."""
    reached, sizes = {}, []
    for name in approaches:
        path = results / task / name / "holdout" / "scores.tsv"
        if path.exists():
            scores = read_table(path, numbers=("label", "prediction"))
            right = (scores["label"] == scores["prediction"]).groupby([scores["fold"], scores["label"]]).mean()
            reached[name] = right.groupby("fold").mean()
            held_out = len(scores) / scores["fold"].nunique()
            everybody = len(read_table(results / "splits" / f"{task}.tsv").query("partition != 'external'"))
            sizes = [everybody - held_out, held_out]
    keys = {"task": task, "dataset": "study", "split": "holdout"}
    return [
        _row(
            keys,
            "balanced_accuracy",
            a,
            b,
            corrected_t((reached[a] - reached[b]).to_numpy(), *sizes, level),
            CORRECTED_T,
        )
        for a, b in combinations(reached, 2)
    ]


def _row(keys: dict, metric: str, a: str, b: str, found: Difference, test: str, power: float = np.nan) -> dict:
    return {
        "task": keys["task"], "dataset": keys["dataset"], "split": keys["split"], "metric": metric,
        "approach_a": a, "approach_b": b, "difference": found.value, "low": found.low, "high": found.high,
        "p_value": found.p, "test": test, "detectable": power,
    }  # fmt: skip


def adjusted(rows: list[dict], alpha: float) -> pd.DataFrame:
    """The table of differences, with p-values adjusted within each `FAMILY`, and who is better."""
    columns = [*FAMILY[:4], "approach_a", "approach_b", "difference", "low", "high", "p_value"]
    table = pd.DataFrame(rows, columns=[*columns, "test", "detectable"])
    for name, method in (("p_adjusted", holm), ("p_bonferroni", bonferroni)):
        table[name] = table.groupby(FAMILY)["p_value"].transform(lambda p, m=method: m(p.to_numpy())) if rows else []
    shown = table["p_adjusted"] < alpha
    table["advantage"] = np.where(shown, np.where(table["difference"] > 0, "a", "b"), "none")
    return table[[*columns, "p_adjusted", "test", "advantage", "p_bonferroni", "detectable"]]


def non_inferiority_rows(keys: dict, found: Replicates, against: str | None, margin: float, level: float) -> list[dict]:
    """Rows of `noninferiority.tsv`: is an approach worse than the reference by less than `margin`?

    Shown where the lower end of the interval of their difference lies above minus the margin.
    """
    rows = []
    for approach in sorted({name for name, _ in found.found} - {against}):
        if (against, MEAN) not in found.found:
            break
        for metric in COMPARED:
            enough = min(found.counts[MEAN]) >= SMALLEST_CLASS
            own, _ = _by_bootstrap(found, approach, str(against), metric, enough, level)
            verdict = "not inferior" if own.low > -margin else "not shown"
            rows.append({
                **keys, "metric": metric, "approach": approach, "reference": against, "margin": margin,
                "difference": own.value, "low": own.low, "high": own.high, "verdict": verdict,
            })  # fmt: skip
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
    rows: list[dict] = []
    counted: list[dict] = []
    pairs: list[dict] = []
    no_worse: list[dict] = []
    for (task, split, dataset), part in scores.groupby(["task", "split", "dataset"], sort=True):
        keys = {"task": task, "dataset": dataset, "split": split}
        found = Replicates(part, replicates, seed)
        rows += metric_rows(keys, found, level)
        counted += proportion_rows(keys, part, level)
        if split != "validation":
            pairs += difference_rows(keys, found, part, approaches[str(task)], level)
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
