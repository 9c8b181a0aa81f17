"""A trained network approach as a folder to share: weights without pickle, a model card, and a MONAI bundle."""

import hashlib
import shutil
from importlib.metadata import version
from pathlib import Path

import numpy as np
import pandas as pd
import yaml

from . import __version__, step
from .files import MISSING, read_json, read_table, replacing, write_json, write_text
from .grids import study_grid
from .page import render
from .parts import boxes_of
from .sheet import read_sheet

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
    settings, resolution_mm = records[0]["settings"], records[0]["resolution_mm"]
    sheet = read_sheet(cohort)
    size = np.empty(study_grid(resolution_mm).shape)[boxes_of(settings["kind"], study_grid(resolution_mm))[0]].shape
    weights = [f"models/fold-{number}.safetensors" for number in range(len(models))]
    for path, name in zip(models, weights, strict=True):
        with replacing(out / name) as temporary:
            shutil.copyfile(path.parent / "weights.safetensors", temporary)
    described = {
        "task": task,
        "approach": approach,
        "classes": {side: config["tasks"][task][side] for side in ("positive", "negative")},
        "settings": settings,
        "resolution_mm": resolution_mm,
        "input_size": list(size),
        "architecture": records[0]["architecture"],
        "parameters": records[0]["parameters"],
        "folds": [
            {"weights": name, "vote_weights": record["vote_weights"], "best_epoch": record["best_epoch"],
             "trained_on": trained_on(path.parent / "training.tsv", sheet)}
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
    write_json(out / "configs" / "metadata.json", bundle_metadata(described))
    write_json(out / "configs" / "inference.json", bundle_inference(described))


def bundle_metadata(described: dict) -> dict:
    """What a MONAI bundle says of itself."""
    classes = {"0": str(described["classes"]["negative"]), "1": str(described["classes"]["positive"])}
    channel = {"type": "image", "format": "magnitude", "modality": "MR", "num_channels": 1, "value_range": [0, 1]}
    space = {"spatial_shape": described["input_size"], "dtype": "float32", "is_patch_data": True}
    return {
        "schema": "https://github.com/Project-MONAI/MONAI-extra-test-data/releases/download/0.8.1/meta_schema_20240725.json",
        "version": described["adrepro"],
        "changelog": {described["adrepro"]: "exported by adrepro"},
        "monai_version": version("monai"),
        "pytorch_version": version("torch").split("+")[0],
        "numpy_version": version("numpy"),
        "required_packages_version": {"adrepro": described["adrepro"], "safetensors": version("safetensors")},
        "name": f"{described['approach']} on {described['task']}",
        "task": f"{described['classes']['positive']} against {described['classes']['negative']} on T1-weighted MRI",
        "description": "See docs/README.md. Not a medical device.",
        "authors": "see docs/README.md",
        "copyright": "see docs/README.md",
        "network_data_format": {
            "inputs": {"image": {**channel, **space, "channel_def": {"0": "T1w"}}},
            "outputs": {
                "pred": {
                    "type": "probabilities", "format": "classes", "num_channels": 2, "spatial_shape": [],
                    "dtype": "float32", "value_range": [], "is_patch_data": False, "channel_def": classes,
                }
            },
        },
    }  # fmt: skip


def bundle_inference(described: dict) -> dict:
    """A MONAI configuration that builds the first fold's networks with their weights, on an image of the study grid."""
    return {
        "imports": ["$from pathlib import Path", "$from adrepro.models import load_networks"],
        "bundle_root": ".",
        "fold": 0,
        "network_def": "$load_networks(Path(@bundle_root), @fold)",
    }


if __name__ == "__main__":
    step.run(export_model)
