"""Published results of the studies that this one is modelled on, to stand beside a run's own."""

from dataclasses import dataclass
from functools import cache
from pathlib import Path

import pandas as pd

from adrepro.config.model_kinds import NETWORKS
from adrepro.config.tasks import as_list
from adrepro.core.files import read_table

WEN = "Wen et al. 2020"
SAMPER = "Samper-González et al. 2018"
TASKS = {(("AD",), ("CN",)): "AD_vs_CN", (("pMCI",), ("sMCI",)): "sMCI_vs_pMCI"}
COHORTS = {"AIBL": "AIBL test", "OASIS": "OASIS test"}  # of the external datasets, by how their name starts
NETWORK_ROWS = {"cnn_whole": "3D subject CNN", "cnn_roi": "3D ROI CNN", "cnn_slice": "2D slice ResNet"}
CLASSIFIERS = {
    "svm_regional": "linear SVM", "logistic_regional": "logistic regression", "forest_regional": "random forest",
}  # fmt: skip


@dataclass(frozen=True)
class Published:
    """One published value: which row it is (`model`), where it was measured, and its source."""

    value: float
    folds: tuple[float, ...]
    model: str
    cohort: str
    source: str


@cache
def _table(name: str) -> pd.DataFrame:
    return read_table(Path(__file__).parent / "published" / f"{name}.tsv")


def published_task(sides: dict) -> str | None:
    """The published task whose labels a configured task has on each side, whatever its name."""
    return TASKS.get((tuple(as_list(sides["positive"])), tuple(as_list(sides["negative"]))))


def model_row(settings: dict, task: str) -> str | None:
    """The row of Wen et al.'s table that an approach with these complete `settings` corresponds to."""
    kind = settings["kind"]
    if kind in NETWORKS and settings["network"] != NETWORKS[kind]:
        return None
    if kind == "cnn_patch":
        return "3D patch CNN (multi)" if settings["per_position"] else None
    if kind == "svm_voxel":
        applied = settings["train_task"] not in (None, task)
        return "SVM, voxels" if task == "AD_vs_CN" and not applied else "SVM (trained on AD vs CN)" if applied else None
    leaks = kind == "cnn_slice" and settings["split_slices"]
    return f"{NETWORK_ROWS[kind]}, leaking split" if leaks else NETWORK_ROWS.get(kind)


def counterpart(sides: dict, settings: dict, split: str, dataset: str, metric: str) -> Published | None:
    """What was published for the same task, model, training data and cohort; None where nothing was.

    Parameters
    ----------
    sides : dict
        The task's `positive` and `negative` labels.
    settings : dict
        Complete settings of the approach (see `approaches.complete`).
    split, dataset : str
        What it was evaluated on. Validation and test parts stand beside those of ADNI, external datasets beside the
        cohort that their name starts with. Regional features were judged on hold-outs, which stand beside tests.
    """
    task = published_task(sides)
    if task is None:
        return None
    if settings["kind"] in CLASSIFIERS:
        return _of_regions(task, settings, split, metric)
    row = model_row(settings, task)
    where = {"validation": "ADNI validation", "test": "ADNI test"}.get(split)
    where = where or next((c for start, c in COHORTS.items() if dataset.upper().startswith(start)), None)
    table = _table("wen2020")
    own = table[
        (table["task"] == task) & (table["model"] == row) & (table["training_data"] == settings["training_data"])
        & (table["evaluated_on"] == where) & (table["metric"] == metric)
    ]  # fmt: skip
    if own.empty:
        return None
    found = own.iloc[0]
    return Published(float(found["value"]), tuple(map(float, found["folds"].split())), str(row), str(where), WEN)


def _of_regions(task: str, settings: dict, split: str, metric: str) -> Published | None:
    if split not in ("test", "holdout"):
        return None
    table = _table("samper_gonzalez2018")
    rows = (table["task"] == task) & (table["features"] == "AAL2")
    own = table[rows & (table["classifier"] == CLASSIFIERS[settings["kind"]])]
    if own.empty or metric not in own or own.iloc[0][metric] in ("", "n/a"):
        return None
    found = own.iloc[0]
    return Published(float(found[metric]), (), f"{found['classifier']}, AAL2", f"ADNI, {found['protocol']}", SAMPER)
