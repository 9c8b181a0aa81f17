"""A trained approach as a folder to share: weights without pickle and a model card."""

import hashlib
import shutil
from pathlib import Path

import numpy as np
import pandas as pd
import yaml

from adrepro import __version__
from adrepro.cohort.cohort_sheet import read_sheet
from adrepro.config.approaches import complete
from adrepro.config.model_kinds import CNN_KINDS
from adrepro.core import step
from adrepro.core.errors import UserError
from adrepro.core.files import MISSING, read_json, read_table, replacing, write_json, write_text
from adrepro.imaging.grids import study_grid
from adrepro.models.deep.input_regions import boxes_of
from adrepro.report.html import render

DESCRIPTION = "adrepro.json"  # what `adrepro predict` reads


def trained_on(training: Path, sheet: pd.DataFrame) -> dict:
    """How many scans a model learnt from, of which datasets, and the range of their ages."""
    used = read_table(training)
    keys = ["participant_id", "session_id"]
    rows = used[used["purpose"] == "weights"][keys].drop_duplicates().merge(sheet, on=keys)
    ages = pd.to_numeric(rows["age"].replace(MISSING, None)).dropna()
    return {
        "scans": len(rows),
        "participants": int(rows["participant_id"].nunique()),
        "datasets": sorted(set(rows["dataset"])),
        "ages": [float(ages.min()), float(ages.max())] if len(ages) else None,
    }


def results_of(metrics: Path, task: str, approach: str) -> list[dict[str, str]]:
    """Balanced accuracy and AUC, mean over folds, on test and external participants, with intervals."""
    rows = read_table(metrics)
    own = rows[(rows["task"] == task) & (rows["approach"] == approach) & (rows["fold"] == "mean")]
    own = own[own["metric"].isin(["balanced_accuracy", "auc"]) & (own["split"] != "validation")]
    return own[["dataset", "split", "metric", "value", "low", "high", "n_positive", "n_negative"]].to_dict("records")


def of_network(settings: dict, resolution_mm: float, record: dict) -> dict:
    """What a model says of itself as a network; `record` is the `model.json` of a fold."""
    grid = study_grid(resolution_mm)
    size = np.empty(grid.shape)[boxes_of(settings["kind"], grid)[0]].shape
    return {"input_size": list(size), "score_kind": "probability"} | {
        key: record[key] for key in ("architecture", "parameters")
    }


def of_machine(settings: dict, record: dict) -> dict:
    """What a model says of itself as a linear machine; without names its features are voxels."""
    if settings["adjust"] or settings["harmonise"]:
        raise UserError("features adjusted within a study are not those of a new scan; leave out adjust and harmonise")
    sort = "Logistic regression" if settings["kind"] == "logistic_regional" else "Linear support vector machine"
    return {
        "architecture": sort,
        "parameters": record["features"] + 1,
        "features": record["names"],
        "score_kind": record["score_kind"],
    }


def export_model(
    models: list[Path],
    split: Path,
    metrics: Path,
    cohort: Path,
    out: Path,
    task: str,
    approach: str,
    config: dict,
    simulated: bool,
) -> None:
    """Write the folder `out` of one approach on one task; `models` are the `model.json` of its folds, in order."""
    records = [read_json(path) for path in models]
    settings, resolution_mm = complete(config)[approach], config["resolution_mm"]
    sheet = read_sheet(cohort)
    weights = [f"models/fold-{number}.safetensors" for number in range(len(models))]
    for path, name in zip(models, weights, strict=True):
        with replacing(out / name) as temporary:
            shutil.copyfile(path.parent / "weights.safetensors", temporary)
    if settings["kind"] in CNN_KINDS:
        described = of_network(settings, resolution_mm, records[0])
    else:
        described = of_machine(settings, records[0])
    described = {
        "task": task,
        "approach": approach,
        "classes": {side: config["tasks"][task][side] for side in ("positive", "negative")},
        "settings": settings,
        "resolution_mm": resolution_mm,
        **described,
        "folds": [
            {"weights": name, "trained_on": trained_on(path.parent / "training.tsv", sheet)}
            | {key: record[key] for key in ("vote_weights", "best_epoch", "c") if key in record}
            for name, record, path in zip(weights, records, models, strict=True)
        ],
        "split_sha256": hashlib.sha256(split.read_bytes()).hexdigest(),
        "results": results_of(metrics, task, approach),
        "simulated": simulated,
        "adrepro": __version__,
    }  # fmt: skip
    write_json(out / DESCRIPTION, described)
    write_text(out / "study.yaml", yaml.safe_dump(config, sort_keys=True, allow_unicode=True))
    write_text(out / "docs" / "README.md", render("model_card.md.j2", **described, seed=config["seed"]))


if __name__ == "__main__":
    step.run(export_model)
