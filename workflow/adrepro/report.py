"""The comparison report: one HTML file made from tables and pictures, the same bytes each time."""

from importlib.metadata import version
from pathlib import Path

import pandas as pd

from . import __version__, figures, step
from .approaches import complete
from .compare import BOOTSTRAP, SMALLEST_CLASS, read_scores
from .errors import raise_all
from .files import read_json, read_table, write_text
from .page import embed, render
from .sheet import scan_folder
from .tasks import as_list, labels_used

SMALL_CLASS = 30
NUMBERS = ("value", "low", "high", "n_positive", "n_negative", "difference", "p_value", "p_adjusted")
KINDS = {
    "svm_regional": "SVM, regional volumes",
    "svm_voxel": "SVM, voxels",
    "logistic_regional": "logistic regression, regional volumes",
    "forest_regional": "random forest, regional volumes",
    "cnn_whole": "3D CNN, whole brain",
    "cnn_roi": "3D CNN, hippocampi",
    "cnn_patch": "3D CNN, patches",
    "cnn_slice": "2D CNN, slices",
}
PACKAGES = ("antspyx", "monai", "nibabel", "nilearn", "numpy", "scikit-learn", "snakemake", "torch")


def names_of(approaches: dict) -> dict[str, str]:
    """How the report calls each approach: by its kind, with its name where a kind occurs twice."""
    kinds = [settings["kind"] for settings in approaches.values()]
    return {
        name: KINDS[s["kind"]] + (f" ({name})" if kinds.count(s["kind"]) > 1 else "") for name, s in approaches.items()
    }


def result_rows(metrics: pd.DataFrame, task: str, approaches: list[str], names: dict[str, str]) -> list[dict]:
    """Rows of the main table of a task: per approach one cell per dataset and split and metric."""
    own = metrics[metrics["task"] == task]
    rows = []
    for approach in approaches:
        for (split, dataset), part in own[own["approach"] == approach].groupby(["split", "dataset"], sort=True):
            mean = part[part["fold"] == "mean"].set_index("metric")
            folds = part[(part["metric"] == "balanced_accuracy") & ~part["fold"].isin(["mean", "ensemble"])]
            first = mean.iloc[0]
            rows.append(
                {
                    "name": names[approach],
                    "where": split if split == "external" and dataset == "external" else f"{split}, {dataset}",
                    "order": ("validation", "test", "external").index(split),
                    "n": f"{int(first['n_positive'])} / {int(first['n_negative'])}",
                    "cells": {m: _cell(mean.loc[m]) for m in mean.index},
                    "folds": " ".join(f"{v:.2f}" for v in folds["value"]),
                    "small": min(first["n_positive"], first["n_negative"]) < SMALL_CLASS,
                }
            )
    return sorted(rows, key=lambda row: row["order"])


def _cell(row: pd.Series) -> str:
    return f"{row['value']:.2f} [{row['low']:.2f}, {row['high']:.2f}]" if pd.notna(row["value"]) else "n/a"


def finding(differences: pd.DataFrame, task: str, names: dict[str, str]) -> str:
    """What the test set of a task shows about the approaches, in one sentence."""
    own = differences[
        (differences["task"] == task)
        & (differences["split"] == "test")
        & (differences["metric"] == "balanced_accuracy")
        & (differences["test"] == BOOTSTRAP)
    ]
    if own.empty:
        return "There is one approach, and nothing to compare it with."
    if own["p_value"].isna().all():
        return f"With fewer than {SMALLEST_CLASS} test participants in a class, approaches cannot be compared."
    shown = own[own["advantage"] != "none"]
    if shown.empty:
        return f"On the test set no approach is shown to be better than another ({len(own)} pairs, Holm-adjusted)."
    parts = []
    for row in shown.itertuples():
        better, worse = (row.approach_a, row.approach_b) if row.advantage == "a" else (row.approach_b, row.approach_a)
        parts.append(f"{names[better]} better than {names[worse]} by {abs(row.difference):.2f}")
    rest = f"The other {len(own) - len(shown)} pairs show no difference."
    return f"On the test set, in balanced accuracy: {'; '.join(parts)}. {rest}"


def notes(results: Path, approaches: dict[str, list[str]], settings: dict) -> list[str]:
    """What a reader must know of how the models were made, from their own records."""
    found = set()
    for task, names in approaches.items():
        for name in names:
            for path in sorted((results / task / name).glob("fold-*/model.json")):
                model = read_json(path)
                if model.get("inner_folds") == 0:
                    found.add(f"{task}, {name}: a class of the training part is too small for an inner search, C is 1.")
                elif "inner_folds" in model and model["inner_folds"] < settings[name]["inner_folds"]:
                    found.add(
                        f"{task}, {name}: {model['inner_folds']} inner folds, as many as the smallest class allows."
                    )
                found |= {f"{task}, {name}: {note}." for note in model.get("notes", [])}
                found |= {
                    f"{name}: starts from {'/'.join(other.split('/')[:2])}." for other in model.get("builds_on", [])
                }
                if settings[name].get("image") == "GM":
                    found.add(f"{name}: sees modulated grey matter in place of the scan.")
                if settings[name].get("permute_labels"):
                    found.add(f"{name}: learnt from permuted labels, a negative control.")
                if "architecture" in model:
                    count = f"{model['networks']} networks of " if model["networks"] > 1 else ""
                    size = model["parameters"] // model["networks"]
                    found.add(f"{name}: {count}{model['architecture']}, {size:,} parameters.")
    return sorted(found)


def histories(results: Path, task: str, approaches: list[str]) -> dict[str, list[pd.DataFrame]]:
    """How the networks of a task were trained, a table per fold; an applied model was not."""
    columns = ("epoch", "training_loss", "validation_loss")
    found = {name: sorted((results / task / name).glob("fold-*/history.tsv")) for name in approaches}
    return {name: [read_table(path, columns) for path in paths] for name, paths in found.items() if paths}


def leaks(certificate: dict) -> list[str]:
    """What the leak certificate found, a line for each check that failed."""
    return [
        f"{check['name']}: {check['count']} times, {'; '.join(check['examples'])}"
        for check in certificate["checks"]
        if check["verdict"] == "leak"
    ]


def report(
    results: Path,
    metrics: Path,
    differences: Path,
    demographics: Path,
    balance: Path,
    flow: Path,
    excluded: Path,
    accepted: Path,
    atlas: Path,
    reference: Path,
    leakage: Path,
    out: Path,
    approaches: dict,
    config: dict,
    allow_leak: bool,
    simulated: bool,
) -> None:
    """Write the report. `approaches` lists the names per task, `config` is the study's configuration."""
    certificate = read_json(leakage)
    if not allow_leak:
        raise_all(
            leaks(certificate),
            "the leak certificate found a leak, and no report is written (allow_leak: true writes one, stamped)",
        )
    values = read_table(metrics, tuple(n for n in NUMBERS[:5]))
    every_pair = read_table(differences, ("difference", "low", "high", "p_value", "p_adjusted"))
    # The rest had too few people to compare.
    pairs = every_pair[every_pair["p_value"].notna() & (every_pair["test"] == BOOTSTRAP)]
    scores = read_scores(results, approaches)
    every = complete(config)
    names = names_of(every)
    tasks = []
    for task, members in approaches.items():
        settings = config["tasks"][task]
        on_test = scores[(scores["task"] == task) & (scores["split"] == "test")]
        ba = pairs[(pairs["task"] == task) & (pairs["split"] == "test") & (pairs["metric"] == "balanced_accuracy")]
        rows, losses = result_rows(values, task, members, names), histories(results, task, members)
        tasks.append(
            {
                "name": task.replace("_", " "),
                "labels": " against ".join(
                    f"{', '.join(as_list(settings[side]))}{mark}"
                    for side, mark in (("positive", " (positive)"), ("negative", ""))
                ),
                "finding": finding(every_pair, task, names),
                "rows": rows,
                "small": any(row["small"] for row in rows),
                "roc": figures.roc_figure(on_test, members, names, simulated),
                "forest": figures.difference_figure(ba, names, simulated) if len(ba) else "",
                "learning": figures.learning_figure(losses, names, simulated) if losses else "",
                "pairs": [
                    {**row, "a": names[row["approach_a"]], "b": names[row["approach_b"]]}
                    for row in pairs[(pairs["task"] == task) & (pairs["metric"] == "balanced_accuracy")].to_dict(
                        "records"
                    )
                ],
            }
        )
    scan = read_table(accepted)["scan"].iloc[0]
    picture = results / "derivatives" / scan_folder(scan) / "anat" / f"{scan}_desc-quality_check.jpg"
    page = render(
        "report.html.j2",
        simulated=simulated,
        tasks=tasks,
        flow=read_table(flow).to_dict("records"),
        excluded=read_table(excluded).to_dict("records"),
        people=read_table(demographics).to_dict("records"),
        balance=read_table(balance).to_dict("records"),
        picture=embed(picture),
        certificate=certificate,
        scan=scan,
        notes=notes(results, approaches, every),
        config=config,
        atlas=read_json(atlas),
        reference=read_json(reference),
        labels=labels_used(config["tasks"]),
        names=names,
        version=__version__,
        packages=[(name, version(name)) for name in PACKAGES],
        small_class=SMALL_CLASS,
    )
    write_text(out, page)


if __name__ == "__main__":
    step.run(report)
