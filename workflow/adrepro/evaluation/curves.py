"""ROC, precision-recall and reliability curves of the fold ensembles, with confidence bands."""

import zlib
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from adrepro.core import step
from adrepro.core.tables import write_table
from adrepro.evaluation.bootstrap import ensemble
from adrepro.evaluation.confidence_intervals import percentile, proportion
from adrepro.evaluation.metrics import counts_above, replicate_weights
from adrepro.evaluation.score_tables import read_scores

POINTS = np.linspace(0, 1, 51)  # of 1 - specificity, or of recall, at which a band is drawn
TINY = 1e-6  # proportions of participants are rounded
RELIABILITY_BINS = 5  # of equal size, so that small test sets fill them
COLUMNS = "task dataset split approach curve x y low high n".split()


def roc_and_precision(target: np.ndarray, score: np.ndarray, weights: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return ROC and precision-recall curves of each replicate.

    Parameters
    ----------
    target, score : ndarray, shape (participants,)
        True class (0 or 1), and score.
    weights : ndarray, shape (replicates + 1, participants)
        Times that each participant was drawn.

    Returns
    -------
    roc : ndarray, shape (replicates + 1, points)
        Highest sensitivity at each of `POINTS` of 1 - specificity.
    precision : ndarray, shape (replicates + 1, points)
        Highest precision at each of `POINTS` of recall, or at a higher recall.
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


def curve_rows(
    keys: dict[str, str], own: pd.DataFrame, replicates: int, confidence_level: float, seed: int
) -> list[dict[str, Any]]:
    """Return the rows of `curves.tsv` of one approach on one task, dataset and split.

    Parameters
    ----------
    keys : dict of str to str
        `task`, `dataset`, `split` and `approach`.
    own : DataFrame
        Scores of all folds of the approach there.
    replicates : int
        Bootstrap replicates.
    confidence_level : float
        Between 0 and 1.
    seed : int
        Seed of the bootstrap.

    Returns
    -------
    list of dict
        Points of each curve with their band; reliability of probabilities only. Empty if a class is absent.
    """
    scores = ensemble(own)
    target, score = scores["label"].to_numpy(), scores["score"].to_numpy()
    if len(np.unique(target)) < 2:
        return []
    name = "/".join(keys[key] for key in ("task", "dataset", "split"))
    weights = replicate_weights(target, replicates, np.random.default_rng([seed, zlib.crc32(name.encode())]))
    rows = []
    for curve, values in zip(("roc", "precision_recall"), roc_and_precision(target, score, weights), strict=True):
        for i, x in enumerate(POINTS):
            low, high = percentile(values[1:, i], confidence_level)
            rows.append({**keys, "curve": curve, "x": x, "y": values[0, i], "low": low, "high": high, "n": len(target)})
    if own["score_kind"].iloc[0] == "probability":
        for part in np.array_split(np.argsort(score, kind="stable"), RELIABILITY_BINS):
            if len(part):
                low, high = proportion(int(target[part].sum()), len(part), confidence_level, "wilson")
                rows.append(
                    {**keys, "curve": "reliability", "x": score[part].mean(), "y": target[part].mean(), "low": low,
                     "high": high, "n": len(part)}
                )  # fmt: skip
    return rows


def curves(
    results: Path,
    out: Path,
    approaches: dict[str, list[str]],
    folds: int,
    replicates: int,
    confidence_level: float,
    seed: int,
) -> None:
    """Write ROC, precision-recall and reliability curves on test and external participants.

    Parameters
    ----------
    results : Path
        Folder of the results, with the scores of every fold (input).
    out : Path
        TSV to write: `y` at `x` with its band and the number of participants, per curve (output).
    approaches : dict of str to list of str
        Names of the approaches per task.
    folds : int
        Number of cross-validation folds.
    replicates : int
        Bootstrap replicates.
    confidence_level : float
        Between 0 and 1.
    seed : int
        Seed of the bootstrap.
    """
    scores = read_scores(results, approaches, folds)
    scores = scores[scores["split"] != "validation"]
    rows: list[dict[str, Any]] = []
    for (task, dataset, split, approach), own in scores.groupby(["task", "dataset", "split", "approach"], sort=True):
        keys = {"task": task, "dataset": dataset, "split": split, "approach": approach}
        rows += curve_rows(keys, own, replicates, confidence_level, seed)
    write_table(out, pd.DataFrame(rows, columns=COLUMNS).round(5))


if __name__ == "__main__":
    step.run(curves)
