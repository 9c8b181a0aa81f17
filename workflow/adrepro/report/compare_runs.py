"""Comparison of two runs: differences in configuration, versions and inputs, and in results."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from pydantic import ValidationError

from adrepro.config.settings.analysis import BootstrapSettings
from adrepro.core.errors import UserError
from adrepro.core.files import read_json, write_text
from adrepro.core.tables import read_table
from adrepro.evaluation.bootstrap import MEAN, PairedBootstrap
from adrepro.evaluation.confidence_intervals import percentile
from adrepro.evaluation.pairwise import COMPARED, SMALLEST_CLASS, shares_of
from adrepro.evaluation.permutation_test import draw_signs, permutation_p
from adrepro.evaluation.score_tables import read_scores, scores_digest
from adrepro.report.changed_settings import changed_settings
from adrepro.report.formatting import METRIC_LABELS, interval, number, signed
from adrepro.report.html import render

STUDY, METRICS = "results/comparison/study.json", "results/comparison/metrics.tsv"
SMALLEST_OVERLAP = 10  # common test participants; with fewer, two runs are compared as independent samples
KEYS = ["task", "split", "dataset", "approach"]


@dataclass(frozen=True)
class Run:
    """A finished run: content of `study.json`, and the scores of all approaches and folds."""

    study: dict[str, Any]
    scores: pd.DataFrame

    @property
    def models(self) -> set[str]:
        """Task and name of each approach."""
        return {f"{task}: {name}" for task, names in self.study["approaches"].items() for name in names}


def read_run(folder: Path) -> Run:
    """Read a finished run.

    Parameters
    ----------
    folder : Path
        Folder that Snakemake ran in.

    Returns
    -------
    Run

    Raises
    ------
    UserError
        If the folder holds no finished run, or models of another state than the report.
    """
    for needed in (STUDY, METRICS):
        if not (folder / needed).exists():
            raise UserError(f"{folder}: no {needed}; give the folder of a finished run (its --directory)")
    study, results = read_json(folder / STUDY), folder / "results"
    of_folds = read_table(folder / METRICS)["fold"]
    folds = 1 + int(of_folds[of_folds.str.isdecimal()].astype(int).max())
    scores = read_scores(results, study["approaches"], folds)
    if study.get("scores") not in (None, scores_digest(results, study["approaches"], folds)):
        raise UserError(f"{folder}: models have changed since the report was made; finish the run, then compare")
    return Run(study, scores)


def run_differences(
    a: pd.DataFrame, b: pd.DataFrame, replicates: int, confidence_level: float, seed: int
) -> list[dict[str, str]]:
    """Return the differences A minus B of each approach on each test or external set that both runs evaluated.

    Differences are paired over the common participants. Two runs with fewer than 10 in common are compared as
    independent samples, with an interval and without a test.

    Parameters
    ----------
    a, b : DataFrame
        Scores of both runs.
    replicates : int
        Bootstrap replicates, and permutations.
    confidence_level : float
        Confidence level of the intervals.
    seed : int
        Seed of bootstrap and permutations.

    Returns
    -------
    list of dict
        Rows `task split dataset approach metric a b difference interval p participants`, formatted.
    """
    rows = []
    sets = [dict(list(scores[scores["split"] != "validation"].groupby(KEYS, sort=True))) for scores in (a, b)]
    for key in sorted(set(sets[0]) & set(sets[1])):
        one, other = sets[0][key], sets[1][key]
        common = set(one["participant_id"]) & set(other["participant_id"])
        paired = len(common) >= SMALLEST_OVERLAP
        if paired:
            one, other = (part[part["participant_id"].isin(common)] for part in (one, other))
        seeds = (seed, seed if paired else seed + 1)
        bootstraps = [
            PairedBootstrap(part, replicates, s, calibrated=False) for part, s in zip((one, other), seeds, strict=True)
        ]
        counts = [bootstrap.counts[MEAN] for bootstrap in bootstraps]
        enough = min(map(min, counts)) >= SMALLEST_CLASS
        same = paired and one["fold"].nunique() == other["fold"].nunique() and _labels_agree(one, other)
        participants = f"paired, {len(common)}" if paired else f"unpaired, {sum(counts[0])} and {sum(counts[1])}"
        for metric in COMPARED:
            first, second = (bootstrap.found[key[3], MEAN][metric].samples for bootstrap in bootstraps)
            low, high = percentile((first - second)[1:], confidence_level) if enough else (np.nan, np.nan)
            p = np.nan
            if enough and same:
                rng = np.random.default_rng(seed)
                p = permutation_p(shares_of(one, other, metric), draw_signs(len(common), replicates, rng))
            rows.append({
                **dict(zip(KEYS, key, strict=True)), "metric": METRIC_LABELS[metric], "a": number(first[0]),
                "b": number(second[0]), "difference": signed(first[0] - second[0]), "interval": interval(low, high),
                "p": number(p, 4), "participants": participants,
            })  # fmt: skip
    return rows


def _labels_agree(one: pd.DataFrame, other: pd.DataFrame) -> bool:
    labels = [dict(zip(part["participant_id"], part["label"], strict=True)) for part in (one, other)]
    return labels[0] == labels[1]


def compare_runs(a: Path, b: Path, out: Path) -> str:
    """Write a page that compares two runs.

    Parameters
    ----------
    a, b : Path
        Folders that Snakemake ran in (input). Replicates, confidence level and seed are those of `a`.
    out : Path
        HTML page (output).

    Returns
    -------
    str
        Message with the number of differences.

    Raises
    ------
    UserError
        If a folder holds no finished run, or `a` is a run of an earlier version.
    """
    runs = [read_run(folder) for folder in (a, b)]
    studies = [run.study for run in runs]
    config = studies[0]["config"]
    try:
        bootstrap = BootstrapSettings.model_validate(config["bootstrap"])
    except ValidationError:
        raise UserError(
            f"{a}: made by an earlier version (adrepro {studies[0]['adrepro']}), with other keys in "
            "`bootstrap`; run it again, or give the two runs in the other order"
        ) from None
    level = bootstrap.confidence_level
    rows = run_differences(runs[0].scores, runs[1].scores, bootstrap.replicates, level, config["seed"])
    changed = changed_settings(*studies)
    names = [folder.resolve().name for folder in (a, b)]
    if len(set(names)) < 2:
        names = [f"{name} ({letter})" for name, letter in zip(names, "AB", strict=True)]
    page = render(
        "runs.html.j2",
        names=names,
        changed=changed,
        rows=rows,
        only=sorted(runs[0].models ^ runs[1].models),
        simulated=any(study["simulated"] for study in studies),
        confidence_level=level,
    )
    write_text(out, page)
    return f"{out}: {len(changed)} settings or inputs differ, {len(rows)} results compared"
