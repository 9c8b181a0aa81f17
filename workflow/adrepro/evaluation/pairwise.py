"""Paired differences between approaches on the same people, with tests, and who is not inferior to whom."""

import zlib
from itertools import combinations
from pathlib import Path

import numpy as np
import pandas as pd

from adrepro.core.files import read_table
from adrepro.evaluation.bootstrap import MEAN, Replicates, ensemble
from adrepro.evaluation.confidence_intervals import percentile
from adrepro.evaluation.paired_tests import Difference, bonferroni, corrected_t, delong, detectable, holm, mcnemar
from adrepro.evaluation.permutation import auc_shares, balanced_accuracy_shares, draw_signs, permutation_p

COMPARED = ("balanced_accuracy", "auc")
SMALLEST_CLASS = 5  # fewer people are too few to draw from: no interval of a difference, and no test
PERMUTATION, DELONG, MCNEMAR, CORRECTED_T = "paired permutation", "DeLong", "McNemar", "corrected t"
KEYS = ["task", "dataset", "split", "metric"]
FAMILY = ["dataset", "split", "metric", "test"]  # pairs of approaches times tasks are adjusted together
NOTHING = Difference(np.nan, np.nan, np.nan, np.nan)


def difference_rows(
    keys: dict, found: Replicates, scores: pd.DataFrame, approaches: list[str], level: float, family: int
) -> list[dict]:
    """Rows of `differences.tsv`: A minus B in the mean over folds, then of the ensembles by DeLong and McNemar.

    Means have bootstrap intervals and p-values of a permutation test. `detectable` is the difference that the smallest
    threshold of a `family` of so many tests would let this set of people show.
    """
    rows = []
    enough = min(found.counts[MEAN]) >= SMALLEST_CLASS
    own = {name: part for name, part in scores.groupby("approach") if (name, MEAN) in found.found}
    together = {name: ensemble(part) for name, part in own.items()}
    pairs = list(combinations([name for name in approaches if name in own], 2))
    rng = np.random.default_rng([found.seed, zlib.crc32(f"{found.name}/permutations".encode())])
    signs = draw_signs(sum(found.counts[MEAN]), found.replicates, rng)
    for a, b in pairs:
        for metric in COMPARED:
            difference, samples = sampled_difference(found, a, b, metric, enough, level)
            if enough:
                p = permutation_p(shares_of(own[a], own[b], metric), signs)
                difference = Difference(difference.value, difference.low, difference.high, p)
            reach = detectable(samples, (1 - level) / max(1, family))
            rows.append(_row(keys, metric, a, b, difference, PERMUTATION, reach))
        by_rank, by_errors = NOTHING, NOTHING
        if enough:
            target = together[a]["label"].to_numpy()
            by_rank = delong(target, together[a]["score"].to_numpy(), together[b]["score"].to_numpy(), level)
            by_errors = mcnemar(*(together[name]["prediction"].to_numpy() == target for name in (a, b)))
        rows.append(_row(keys, "auc", a, b, by_rank, DELONG))
        rows.append(_row(keys, "accuracy", a, b, by_errors, MCNEMAR))
    return rows


def shares_of(a: pd.DataFrame, b: pd.DataFrame, metric: str) -> np.ndarray:
    """Each person's share in the difference of the means over folds, shape (participants,)."""
    shares = []
    for (_, one), (_, other) in zip(a.groupby("fold", sort=True), b.groupby("fold", sort=True), strict=True):
        one, other = one.sort_values("participant_id"), other.sort_values("participant_id")
        share = auc_shares if metric == "auc" else balanced_accuracy_shares
        column = "score" if metric == "auc" else "prediction"
        shares.append(share(*(part.to_numpy() for part in (one["label"], one[column], other[column]))))
    return np.mean(shares, axis=0)


def sampled_difference(
    found: Replicates, a: str, b: str, metric: str, enough: bool, level: float
) -> tuple[Difference, np.ndarray]:
    """A minus B with its bootstrap interval, and the replicates; both empty where there are not `enough` people."""
    samples = found.found[a, MEAN][metric].samples - found.found[b, MEAN][metric].samples
    if not enough:
        return Difference(samples[0], np.nan, np.nan, np.nan), np.empty(0)
    return Difference(samples[0], *percentile(samples[1:], level), np.nan), samples[1:]


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
    columns = [*KEYS, "approach_a", "approach_b", "difference", "low", "high", "p_value"]
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
            own, _ = sampled_difference(found, approach, str(against), metric, enough, level)
            verdict = "not inferior" if own.low > -margin else "not shown"
            rows.append({
                **keys, "metric": metric, "approach": approach, "reference": against, "margin": margin,
                "difference": own.value, "low": own.low, "high": own.high, "verdict": verdict,
            })  # fmt: skip
    return rows
