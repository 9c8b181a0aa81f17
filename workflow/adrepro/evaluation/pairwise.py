"""Paired differences between approaches on the same participants, with tests."""

import zlib
from itertools import combinations
from typing import Any

import numpy as np
import pandas as pd

from adrepro.evaluation.bootstrap import MEAN, PairedBootstrap, ensemble
from adrepro.evaluation.confidence_intervals import percentile
from adrepro.evaluation.multiple_testing import bonferroni, holm
from adrepro.evaluation.paired_tests import Difference, delong, detectable, mcnemar
from adrepro.evaluation.permutation_test import auc_shares, balanced_accuracy_shares, draw_signs, permutation_p

COMPARED = ("balanced_accuracy", "auc")
SMALLEST_CLASS = 5  # participants; fewer cannot be resampled: no interval of a difference, and no test
PERMUTATION, DELONG, MCNEMAR, CORRECTED_T = "paired permutation", "DeLong", "McNemar", "corrected t"
KEYS = ["task", "dataset", "split", "metric"]
FAMILY = ["dataset", "split", "metric", "test"]  # pairs of approaches times tasks are adjusted together
NO_RESULT = Difference(np.nan, np.nan, np.nan, np.nan)


def difference_rows(
    keys: dict[str, str],
    found: PairedBootstrap,
    scores: pd.DataFrame,
    approaches: list[str],
    confidence_level: float,
    family: int,
) -> list[dict[str, Any]]:
    """Return the rows of `differences.tsv` of one task, dataset and split.

    Parameters
    ----------
    keys : dict of str to str
        `task`, `dataset` and `split`.
    found : PairedBootstrap
        Metrics of the approaches there.
    scores : DataFrame
        Scores of the approaches there.
    approaches : list of str
        Order of the approaches; A comes before B.
    confidence_level : float
        Between 0 and 1.
    family : int
        Number of tests that are adjusted together; its smallest significance level gives `detectable`, the minimum
        detectable difference.

    Returns
    -------
    list of dict
        For each pair A minus B: mean over folds of balanced accuracy and AUC, with bootstrap interval and the p-value
        of a permutation test; then the ensembles by DeLong's and McNemar's tests.
    """
    rows = []
    enough = min(found.counts[MEAN]) >= SMALLEST_CLASS
    own = {name: part for name, part in scores.groupby("approach") if (name, MEAN) in found.found}
    ensembles = {name: ensemble(part) for name, part in own.items()}
    pairs = list(combinations([name for name in approaches if name in own], 2))
    rng = np.random.default_rng([found.seed, zlib.crc32(f"{found.name}/permutations".encode())])
    signs = draw_signs(sum(found.counts[MEAN]), found.replicates, rng)
    for a, b in pairs:
        for metric in COMPARED:
            difference, samples = bootstrap_difference(found, a, b, metric, enough, confidence_level)
            if enough:
                p = permutation_p(shares_of(own[a], own[b], metric), signs)
                difference = Difference(difference.value, difference.low, difference.high, p)
            reach = detectable(samples, (1 - confidence_level) / max(1, family))
            rows.append(difference_row(keys, metric, a, b, difference, PERMUTATION, reach))
        by_rank, by_errors = NO_RESULT, NO_RESULT
        if enough:
            target = ensembles[a]["label"].to_numpy()
            score_a, score_b = (ensembles[name]["score"].to_numpy() for name in (a, b))
            by_rank = delong(target, score_a, score_b, confidence_level)
            by_errors = mcnemar(*(ensembles[name]["prediction"].to_numpy() == target for name in (a, b)))
        rows.append(difference_row(keys, "auc", a, b, by_rank, DELONG))
        rows.append(difference_row(keys, "accuracy", a, b, by_errors, MCNEMAR))
    return rows


def shares_of(a: pd.DataFrame, b: pd.DataFrame, metric: str) -> np.ndarray:
    """Return the contribution of each participant to the difference of the means over folds.

    Parameters
    ----------
    a, b : DataFrame
        Scores of two approaches on the same participants and folds.
    metric : str
        `auc` or `balanced_accuracy`.

    Returns
    -------
    ndarray, shape (participants,)
        In the order of participant ids; the sum is the difference A minus B.
    """
    shares = []
    for (_, one), (_, other) in zip(a.groupby("fold", sort=True), b.groupby("fold", sort=True), strict=True):
        one, other = one.sort_values("participant_id"), other.sort_values("participant_id")
        share = auc_shares if metric == "auc" else balanced_accuracy_shares
        column = "score" if metric == "auc" else "prediction"
        shares.append(share(*(part.to_numpy() for part in (one["label"], one[column], other[column]))))
    return np.mean(shares, axis=0)


def bootstrap_difference(
    found: PairedBootstrap, a: str, b: str, metric: str, enough: bool, confidence_level: float
) -> tuple[Difference, np.ndarray]:
    """Return A minus B in the mean over folds, with its bootstrap interval and replicates.

    Parameters
    ----------
    found : PairedBootstrap
        Metrics of the approaches on one task, dataset and split.
    a, b : str
        Names of the approaches.
    metric : str
        Name of the metric.
    enough : bool
        Whether both classes have `SMALLEST_CLASS` participants; without, interval and replicates are left out.
    confidence_level : float
        Between 0 and 1.

    Returns
    -------
    difference : Difference
        Without p-value.
    samples : ndarray, shape (replicates,)
        Difference of each replicate, or empty.
    """
    samples = found.found[a, MEAN][metric].samples - found.found[b, MEAN][metric].samples
    if not enough:
        return Difference(samples[0], np.nan, np.nan, np.nan), np.empty(0)
    return Difference(samples[0], *percentile(samples[1:], confidence_level), np.nan), samples[1:]


def difference_row(
    keys: dict[str, str], metric: str, a: str, b: str, found: Difference, test: str, reach: float = np.nan
) -> dict[str, Any]:
    """Return one row of `differences.tsv`.

    Parameters
    ----------
    keys : dict of str to str
        `task`, `dataset` and `split`.
    metric : str
        Name of the metric.
    a, b : str
        Names of the approaches.
    found : Difference
        Difference A minus B.
    test : str
        Name of the test.
    reach : float
        Minimum detectable difference.

    Returns
    -------
    dict
    """
    return {
        "task": keys["task"], "dataset": keys["dataset"], "split": keys["split"], "metric": metric,
        "approach_a": a, "approach_b": b, "difference": found.value, "low": found.low, "high": found.high,
        "p_value": found.p, "test": test, "detectable": reach,
    }  # fmt: skip


def adjust_p_values(rows: list[dict[str, Any]], alpha: float) -> pd.DataFrame:
    """Return the table of differences with adjusted p-values.

    Parameters
    ----------
    rows : list of dict
        From `difference_rows` and `holdout_rows`.
    alpha : float
        Significance level.

    Returns
    -------
    DataFrame
        With Holm's (`p_adjusted`) and Bonferroni's adjustment within each `FAMILY`, and `advantage`: `a` or `b` where
        that approach is significantly better after Holm's adjustment, else `none`.
    """
    columns = [*KEYS, "approach_a", "approach_b", "difference", "low", "high", "p_value"]
    table = pd.DataFrame(rows, columns=[*columns, "test", "detectable"])
    for name, method in (("p_adjusted", holm), ("p_bonferroni", bonferroni)):
        table[name] = table.groupby(FAMILY)["p_value"].transform(lambda p, m=method: m(p.to_numpy())) if rows else []
    shown = table["p_adjusted"] < alpha
    table["advantage"] = np.where(shown, np.where(table["difference"] > 0, "a", "b"), "none")
    return table[[*columns, "p_adjusted", "test", "advantage", "p_bonferroni", "detectable"]]
