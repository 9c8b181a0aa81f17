"""Two studies side by side: what differed in their configuration, and what difference it made."""

from pathlib import Path

import numpy as np
import pandas as pd

from adrepro.core.errors import UserError
from adrepro.core.files import read_json, read_table, write_text
from adrepro.evaluation.bootstrap import MEAN, Replicates
from adrepro.evaluation.compute_metrics import read_scores
from adrepro.evaluation.confidence_intervals import percentile
from adrepro.evaluation.pairwise import COMPARED, SMALLEST_CLASS, shares_of
from adrepro.evaluation.permutation import draw_signs, permutation_p
from adrepro.report.html import render
from adrepro.report.tables import WORDS, interval, number, signed

STUDY = "results/comparison/study.json"
SMALLEST_OVERLAP = 10  # test participants in common, below which two runs are compared as strangers


def read_run(folder: Path) -> tuple[dict, pd.DataFrame, pd.DataFrame]:
    """What a finished run says of itself, its metrics and its scores."""
    for needed in (STUDY, "results/comparison/metrics.tsv"):
        if not (folder / needed).exists():
            raise UserError(f"{folder}: no {needed}; give the folder of a finished run (its --directory)")
    study = read_json(folder / STUDY)
    metrics = read_table(folder / "results/comparison/metrics.tsv", ("value", "low", "high"))
    return study, metrics, read_scores(folder / "results", study["approaches"])


def flat(config: dict, start: str = "") -> dict[str, object]:
    """Nested settings as one level, with dots in their names."""
    found: dict[str, object] = {}
    for key, value in config.items():
        found |= flat(value, f"{start}{key}.") if isinstance(value, dict) else {f"{start}{key}": value}
    return found


def changed(one: dict, other: dict) -> list[dict]:
    """Rows `key a b` of what differs between two studies: settings, versions and digests of inputs."""
    rows = []
    for part in ("config", "packages", "inputs"):
        a, b = flat(one[part]), flat(other[part])
        for key in sorted(set(a) | set(b)):
            if a.get(key) != b.get(key):
                rows.append({"part": part, "key": key, "a": _words(a.get(key)), "b": _words(b.get(key))})
    if one["adrepro"] != other["adrepro"]:
        rows.insert(0, {"part": "packages", "key": "adrepro", "a": one["adrepro"], "b": other["adrepro"]})
    return rows


def _words(value: object) -> str:
    return "none" if value is None else str(value)


def differences(a: pd.DataFrame, b: pd.DataFrame, replicates: int, level: float, seed: int) -> list[dict]:
    """Rows of A minus B for each approach, task and dataset that both judged on a test or external part.

    On the participants whom both judged, paired; of two runs with too few in common the difference is that of two
    samples, with an interval and without a test.
    """
    rows = []
    keys = ["task", "split", "dataset", "approach"]
    parts = [dict(list(scores[scores["split"] != "validation"].groupby(keys, sort=True))) for scores in (a, b)]
    for key in sorted(set(parts[0]) & set(parts[1])):
        one, other = parts[0][key], parts[1][key]
        common = set(one["participant_id"]) & set(other["participant_id"])
        paired = len(common) >= SMALLEST_OVERLAP
        if paired:
            one, other = (part[part["participant_id"].isin(common)] for part in (one, other))
        seeds = (seed, seed if paired else seed + 1)
        drawn = [Replicates(part, replicates, s, calibrated=False) for part, s in zip((one, other), seeds, strict=True)]
        people = [found.counts[MEAN] for found in drawn]
        enough = min(map(min, people)) >= SMALLEST_CLASS
        for metric in COMPARED:
            first, second = (found.found[key[3], MEAN][metric].samples for found in drawn)
            low, high = percentile((first - second)[1:], level) if enough else (np.nan, np.nan)
            p = np.nan
            same = paired and one["fold"].nunique() == other["fold"].nunique() and _labels_agree(one, other)
            if enough and same:
                rng = np.random.default_rng(seed)
                p = permutation_p(shares_of(one, other, metric), draw_signs(len(common), replicates, rng))
            how = f"paired, {len(common)}" if paired else f"apart, {sum(people[0])} and {sum(people[1])}"
            rows.append({
                **dict(zip(keys, key, strict=True)), "metric": WORDS[metric], "a": number(first[0]),
                "b": number(second[0]), "difference": signed(first[0] - second[0]), "interval": interval(low, high),
                "p": number(p, 4), "how": how,
            })  # fmt: skip
    return rows


def _labels_agree(one: pd.DataFrame, other: pd.DataFrame) -> bool:
    labels = [dict(zip(part["participant_id"], part["label"], strict=True)) for part in (one, other)]
    return labels[0] == labels[1]


def compare_runs(a: Path, b: Path, out: Path) -> str:
    """Write a page on runs `a` and `b`, folders that Snakemake ran in; returns one sentence."""
    (one, _, scores_a), (other, _, scores_b) = read_run(a), read_run(b)
    boot = one["config"]["bootstrap"]
    rows = differences(scores_a, scores_b, boot["replicates"], boot["level"], one["config"]["seed"])
    names = [folder.resolve().name for folder in (a, b)]
    if len(set(names)) < 2:
        names = [f"{name} ({letter})" for name, letter in zip(names, "AB", strict=True)]
    only = sorted(
        {f"{t}: {n}" for t, members in one["approaches"].items() for n in members}
        ^ {f"{t}: {n}" for t, members in other["approaches"].items() for n in members}
    )
    page = render(
        "runs.html.j2",
        names=names,
        changed=changed(one, other),
        rows=rows,
        only=only,
        simulated=one["simulated"] or other["simulated"],
        level=boot["level"],
    )
    write_text(out, page)
    return f"{out}: {len(changed(one, other))} settings or inputs differ, {len(rows)} results compared"
