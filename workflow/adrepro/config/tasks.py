"""Tasks of a study: two sets of labels, several classes, or a number to predict, from any column of the sheet."""

import pandas as pd

from adrepro.core.files import MISSING

GENERIC_MCI = ("MCI", "sMCI", "pMCI", "uMCI")  # who is MCI and does not go back to CN; `MCI` alone means them all


def as_list(value: str | list[str]) -> list[str]:
    return [value] if isinstance(value, str) else list(value)


def classes_of(task: dict) -> dict[str, list[str]]:
    """Values of each class of a task, in order: the positive class is 1; empty where a number is predicted."""
    if "classes" in task:
        return {name: as_list(values) for name, values in task["classes"].items()}
    return {side: as_list(task[side]) for side in ("negative", "positive")} if "positive" in task else {}


def column_of(task: dict) -> str:
    """The column a task reads: `label`, or one of the cohort sheet at the baseline visit."""
    return task.get("predict") or task.get("column", "label")


def is_binary(task: dict) -> bool:
    return "positive" in task


def members(names: list[str]) -> list[str]:
    """The labels that `names` stand for: `MCI` also holds the stable, the progressive and the unknown."""
    return list(dict.fromkeys(label for name in names for label in (GENERIC_MCI if name == "MCI" else (name,))))


def labels_used(tasks: dict) -> list[str]:
    """Every label that some task names, sorted."""
    named = [v for task in tasks.values() if column_of(task) == "label" for c in classes_of(task).values() for v in c]
    return sorted(set(members(named)))


def targets(people: pd.DataFrame, task: dict) -> pd.Series:
    """Target of each of `people` (with the task's column): the number of the class, or the number itself.

    Missing for those who do not take part.
    """
    column = column_of(task)
    if "predict" in task:
        return pd.to_numeric(people[column].replace(MISSING, None), errors="coerce")
    number = {
        value: position
        for position, values in enumerate(classes_of(task).values())
        for value in (members(values) if column == "label" else values)
    }
    return people[column].map(number)
