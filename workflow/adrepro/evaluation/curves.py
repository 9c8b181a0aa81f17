"""Curves of the fold ensembles: ROC, precision-recall and reliability, with bands over participants."""

import zlib
from pathlib import Path

import numpy as np
import pandas as pd

from adrepro.core import step
from adrepro.core.files import write_table
from adrepro.evaluation.bootstrap import ensemble
from adrepro.evaluation.compute_metrics import read_scores
from adrepro.evaluation.confidence_intervals import percentile, proportion
from adrepro.evaluation.metrics import counts_above, replicate_weights

POINTS = np.linspace(0, 1, 51)  # of 1 - specificity, or of recall, at which a band is drawn
TINY = 1e-6  # shares of people are rounded
RELIABILITY_BINS = 5  # of equal size, so that small test sets fill them
COLUMNS = "task dataset split approach curve x y low high n".split()


def roc_and_precision(target: np.ndarray, score: np.ndarray, weights: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Sensitivity at each of `POINTS` of 1 - specificity, and precision at each of recall, (replicates + 1, points).

    Sensitivity is the highest that its specificity allows, precision the highest at this recall or a higher one.
    """
    positives, negatives = counts_above(target, score, weights)
    roc, precise = np.empty((2, len(weights), len(POINTS)))
    for k in range(len(weights)):
        fall_out, sensitivity = (np.append(0, part[k] / part[k, -1]) for part in (negatives, positives))
        highest = sensitivity[np.searchsorted(fall_out, POINTS + TINY, "right") - 1]
        roc[k] = np.maximum(np.interp(POINTS, fall_out, sensitivity), highest)
        precision = positives[k] / np.maximum(positives[k] + negatives[k], 1)
        best = np.maximum.accumulate(precision[::-1])[::-1]
        precise[k] = best[np.minimum(np.searchsorted(sensitivity[1:], POINTS - TINY), len(best) - 1)]
    return roc, precise


def curve_rows(keys: dict, own: pd.DataFrame, replicates: int, level: float, seed: int) -> list[dict]:
    """Rows of one approach on one task, dataset and split; none where a class is absent."""
    together = ensemble(own)
    target, score = together["label"].to_numpy(), together["score"].to_numpy()
    if len(np.unique(target)) < 2:
        return []
    name = "/".join(keys[key] for key in ("task", "dataset", "split"))
    weights = replicate_weights(target, replicates, np.random.default_rng([seed, zlib.crc32(name.encode())]))
    rows = []
    for curve, values in zip(("roc", "precision_recall"), roc_and_precision(target, score, weights), strict=True):
        for i, x in enumerate(POINTS):
            low, high = percentile(values[1:, i], level)
            rows.append({**keys, "curve": curve, "x": x, "y": values[0, i], "low": low, "high": high, "n": len(target)})
    if own["score_kind"].iloc[0] == "probability":
        for part in np.array_split(np.argsort(score, kind="stable"), RELIABILITY_BINS):
            if len(part):
                low, high = proportion(int(target[part].sum()), len(part), level, "wilson")
                rows.append(
                    {**keys, "curve": "reliability", "x": score[part].mean(), "y": target[part].mean(), "low": low,
                     "high": high, "n": len(part)}
                )  # fmt: skip
    return rows


def curves(results: Path, out: Path, approaches: dict, replicates: int, level: float, seed: int) -> None:
    """Write `curves.tsv`, of test and external participants: `y` at `x`, its band, and of how many people it tells."""
    scores = read_scores(results, approaches)
    scores = scores[scores["split"] != "validation"]
    rows: list[dict] = []
    for (task, dataset, split, approach), own in scores.groupby(["task", "dataset", "split", "approach"], sort=True):
        keys = {"task": task, "dataset": dataset, "split": split, "approach": approach}
        rows += curve_rows(keys, own, replicates, level, seed)
    write_table(out, pd.DataFrame(rows, columns=COLUMNS).round(5))


if __name__ == "__main__":
    step.run(curves)
