"""Display names of the approaches, and notes on their models."""

from collections import Counter
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from adrepro.config.settings.approaches import ClassicalApproach, CnnApproach
from adrepro.config.study import Approach
from adrepro.core.files import read_json
from adrepro.evaluation.model_folders import fold_folders

KINDS = {
    "svm_regional": "SVM, {regional}",
    "svm_voxel": "SVM, voxels",
    "logistic_regional": "logistic regression, {regional}",
    "random_forest_regional": "random forest, {regional}",
    "cnn_whole": "3D CNN, whole brain",
    "cnn_roi": "3D CNN, hippocampi",
    "cnn_patch": "3D CNN, patches",
    "cnn_slice": "2D CNN, slices",
}
REGIONAL = {"volume": "regional volumes", "density": "regional densities", "rate": "regional rates of change"}


def display_names(approaches: Mapping[str, Approach]) -> dict[str, str]:
    """Return the display name of each approach.

    Parameters
    ----------
    approaches : mapping
        Complete settings of the approaches, by name.

    Returns
    -------
    dict
        Name of the kind and its features; followed by the name of the approach where several have the same.
    """
    kinds = {
        name: KINDS[own.kind].format(regional=REGIONAL[own.features] if isinstance(own, ClassicalApproach) else "")
        for name, own in approaches.items()
    }
    repeated = Counter(kinds.values())
    return {name: f"{kind} ({name})" if repeated[kind] > 1 else kind for name, kind in kinds.items()}


def model_notes(
    results: Path, approaches: Mapping[str, list[str]], settings_of: Mapping[str, Approach], folds: int
) -> list[str]:
    """Return notes on the trained models: architecture, initialization, input, and deviations from the settings.

    Parameters
    ----------
    results : Path
        Folder of the results; `TASK/APPROACH/fold-K/model.json` are read.
    approaches : mapping
        Names of the approaches of each task.
    settings_of : mapping
        Complete settings of each approach.
    folds : int
        Number of cross-validation folds.

    Returns
    -------
    list of str
        Sentences, sorted and without duplicates.
    """
    notes: set[str] = set()
    for task, names in approaches.items():
        for name in names:
            for folder in fold_folders(results, task, name, folds):
                notes.update(_notes_of(task, name, read_json(folder / "model.json"), settings_of[name]))
    return sorted(notes)


def _notes_of(task: str, name: str, model: dict[str, Any], settings: Approach) -> list[str]:
    """Notes on one fold model, from its record and the settings of its approach."""
    notes = [f"{task}, {name}: {note}." for note in model.get("notes", [])]
    notes += [f"{name}: initialized from {'/'.join(other.split('/')[:2])}." for other in model.get("builds_on", [])]
    if model.get("inner_folds") == 0:
        notes.append(f"{task}, {name}: no nested search for C (C = 1), the smallest training class is too small.")
    elif (
        isinstance(settings, ClassicalApproach)
        and model.get("inner_folds", settings.inner_folds) < settings.inner_folds
    ):
        notes.append(f"{task}, {name}: {model['inner_folds']} inner folds, limited by the smallest training class.")
    if isinstance(settings, CnnApproach) and settings.image == "GM":
        notes.append(f"{name}: the input is modulated gray matter in place of the scan.")
    if settings.permute_labels:
        notes.append(f"{name}: trained on permuted labels (negative control).")
    if "architecture" in model:
        count = f"{model['networks']} networks of " if model["networks"] > 1 else ""
        size = model["parameters"] // model["networks"]
        notes.append(f"{name}: {count}{model['architecture']}, {size:,} parameters.")
    return notes
