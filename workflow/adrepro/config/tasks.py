"""Prediction tasks: their classes, the column they read, and the targets of participants."""

from collections.abc import Mapping

import pandas as pd

from adrepro.config.settings.cohort import Task
from adrepro.core.files import MISSING

ANY_MCI = "MCI"  # the label of all MCI that did not revert, beside a narrower one
GENERIC_MCI = (ANY_MCI, "sMCI", "pMCI", "uMCI")


def as_list(value: str | list[str]) -> list[str]:
    """Return labels as a list, whether one or several were given.

    Parameters
    ----------
    value : str | list[str]
        One label or several.

    Returns
    -------
    list of str
    """
    return [value] if isinstance(value, str) else list(value)


def classes_of(task: Task) -> dict[str, list[str]]:
    """Return the labels of each class in order; the position of a class is its target, so that positive is 1.

    Empty for a task that predicts a number.

    Parameters
    ----------
    task : Task
        Prediction task.

    Returns
    -------
    dict of str to list of str
        Labels by name of the class: `negative` and `positive` for a task of two classes.
    """
    if task.classes is not None:
        return {name: as_list(values) for name, values in task.classes.items()}
    if task.positive is None or task.negative is None:
        return {}
    return {"negative": as_list(task.negative), "positive": as_list(task.positive)}


def column_of(task: Task) -> str:
    """Return the column a task reads: `label`, or one of the cohort sheet at the baseline visit.

    Parameters
    ----------
    task : Task
        Prediction task.

    Returns
    -------
    str
    """
    return task.predict or task.column or "label"


def is_binary(task: Task) -> bool:
    """Return whether a task has a positive and a negative class.

    Parameters
    ----------
    task : Task
        Prediction task.

    Returns
    -------
    bool
    """
    return task.positive is not None


def members(names: list[str]) -> list[str]:
    """Return the labels that `names` stand for; `MCI` stands for stable, progressive and unknown MCI too.

    Parameters
    ----------
    names : list of str
        Labels of a task.

    Returns
    -------
    list of str
        Labels of participants, each once.
    """
    return list(dict.fromkeys(label for name in names for label in (GENERIC_MCI if name == ANY_MCI else (name,))))


def label_names(tasks: Mapping[str, Task]) -> list[str]:
    """Return every label that a task names, sorted.

    Parameters
    ----------
    tasks : mapping of str to Task
        Prediction tasks by name; those that read another column than `label` are ignored.

    Returns
    -------
    list of str
    """
    own = (task for task in tasks.values() if column_of(task) == "label")
    return sorted({label for task in own for names in classes_of(task).values() for label in names})


def labels_used(tasks: Mapping[str, Task]) -> list[str]:
    """Return every label that a task names, and those that `MCI` stands for, sorted.

    Parameters
    ----------
    tasks : mapping of str to Task
        Prediction tasks by name; those that read another column than `label` are ignored.

    Returns
    -------
    list of str
    """
    return sorted(members(label_names(tasks)))


def targets(people: pd.DataFrame, task: Task) -> pd.Series:
    """Return the target of each participant: the position of its class, or the number to predict.

    Parameters
    ----------
    people : DataFrame
        One row per participant, or per label of a participant, with the column of the task.
    task : Task

    Returns
    -------
    Series
        NaN for participants that are in no class.
    """
    column = column_of(task)
    if task.predict is not None:
        return pd.to_numeric(people[column].replace(MISSING, None), errors="coerce")
    number = {value: position for position, values in enumerate(classes_of(task).values()) for value in values}
    return people[column].map(number)
