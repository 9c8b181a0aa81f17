"""Published results of the studies that this workflow reproduces."""

from dataclasses import dataclass
from functools import cache
from pathlib import Path

import pandas as pd

from adrepro.config.model_kinds import NETWORKS
from adrepro.config.settings.approaches import ClassicalApproach
from adrepro.config.settings.cohort import Task
from adrepro.config.study import Approach
from adrepro.config.tasks import classes_of
from adrepro.core.tables import read_table

WEN = "Wen et al. 2020"
SAMPER = "Samper-González et al. 2018"
# Labels of the positive and of the negative class, and the published task.
TASKS: dict[tuple[tuple[str, ...], tuple[str, ...]], str] = {
    (("AD",), ("CN",)): "AD_vs_CN",
    (("pMCI",), ("sMCI",)): "sMCI_vs_pMCI",
}
COHORTS = {"AIBL": "AIBL test", "OASIS": "OASIS test"}  # of external datasets, by the start of their names
NETWORK_ROWS = {"cnn_whole": "3D subject CNN", "cnn_roi": "3D ROI CNN", "cnn_slice": "2D slice ResNet"}
CLASSIFIERS = {
    "svm_regional": "linear SVM", "logistic_regional": "logistic regression", "random_forest_regional": "random forest",
}  # fmt: skip


@dataclass(frozen=True)
class PublishedValue:
    """A published value of a metric.

    Attributes
    ----------
    value : float
        Mean over folds or hold-outs.
    folds : tuple of float
        Values of the folds, where they were published.
    model, cohort : str
        Model and evaluation cohort, as published.
    source : str
        Publication.
    """

    value: float
    folds: tuple[float, ...]
    model: str
    cohort: str
    source: str


@cache
def _table(name: str) -> pd.DataFrame:
    return read_table(Path(__file__).parent / "published" / f"{name}.tsv")


def published_task(task: Task) -> str | None:
    """Return the published task with the same labels in each class, whatever the name of the task.

    Parameters
    ----------
    task : Task
        A task of two classes.

    Returns
    -------
    str or None
    """
    classes = classes_of(task)
    return TASKS.get((tuple(classes["positive"]), tuple(classes["negative"])))


def published_model(settings: Approach, task: str) -> str | None:
    """Return the row of the table of Wen et al. 2020 that an approach corresponds to.

    Parameters
    ----------
    settings : ClassicalApproach or CnnApproach
        Complete settings of the approach.
    task : str
        Published task.

    Returns
    -------
    str or None
        None if the model was not published.
    """
    kind = settings.kind
    if isinstance(settings, ClassicalApproach):
        if kind != "svm_voxel":
            return None
        if settings.train_task not in (None, task):
            return "SVM (trained on AD vs CN)"
        return "SVM, voxels" if task == "AD_vs_CN" else None
    if settings.network != NETWORKS[kind]:
        return None
    if kind == "cnn_patch":
        return "3D patch CNN (multi)" if settings.one_network_per_patch else None
    leaky = kind == "cnn_slice" and settings.leaky_slice_split
    return f"{NETWORK_ROWS[kind]}, leaking split" if leaky else NETWORK_ROWS[kind]


def counterpart(task: Task, settings: Approach, split: str, dataset: str, metric: str) -> PublishedValue | None:
    """Return the published value for the same task, model, training data and cohort.

    Validation and test sets correspond to those of ADNI, and external datasets to the cohort that their name starts
    with. Regional features were published on repeated hold-outs, which correspond to test sets.

    Parameters
    ----------
    task : Task
        A task of two classes.
    settings : ClassicalApproach or CnnApproach
        Complete settings of the approach.
    split, dataset : str
        Evaluation set.
    metric : str
        Name of the metric.

    Returns
    -------
    PublishedValue or None
        None if there is no published value.
    """
    name = published_task(task)
    if name is None:
        return None
    if settings.kind in CLASSIFIERS:
        return _regional(name, settings, split, metric)
    model = published_model(settings, name)
    cohort = {"validation": "ADNI validation", "test": "ADNI test"}.get(split)
    cohort = cohort or next((c for start, c in COHORTS.items() if dataset.upper().startswith(start)), None)
    table = _table("wen2020")
    rows = table[
        (table["task"] == name) & (table["model"] == model) & (table["training_data"] == settings.training_data)
        & (table["evaluated_on"] == cohort) & (table["metric"] == metric)
    ]  # fmt: skip
    if rows.empty:
        return None
    row = rows.iloc[0]
    return PublishedValue(float(row["value"]), tuple(map(float, row["folds"].split())), str(model), str(cohort), WEN)


def _regional(task: str, settings: Approach, split: str, metric: str) -> PublishedValue | None:
    """Value of Samper-González et al. 2018 on AAL2 regions."""
    if split not in ("test", "holdout"):
        return None
    table = _table("samper_gonzalez2018")
    rows = table[(table["task"] == task) & (table["features"] == "AAL2")]
    rows = rows[rows["classifier"] == CLASSIFIERS[settings.kind]]
    if rows.empty or metric not in rows or rows.iloc[0][metric] in ("", "n/a"):
        return None
    row = rows.iloc[0]
    cohort = f"ADNI, {row['protocol']}"
    return PublishedValue(float(row[metric]), (), f"{row['classifier']}, AAL2", cohort, SAMPER)
