"""Participants of the tasks, and the problems that make their splits impossible."""

from collections.abc import Mapping
from itertools import chain

import numpy as np
import pandas as pd

from adrepro.cohort.cohort_sheet import KEYS
from adrepro.cohort.labels import narrowest
from adrepro.config.settings.cohort import Task, TestSize
from adrepro.config.tasks import ANY_MCI, classes_of, column_of, label_names, members, targets
from adrepro.core.files import MISSING


def people_of(sheet: pd.DataFrame, labels: pd.DataFrame, scans: pd.DataFrame, group: str | None) -> pd.DataFrame:
    """Return the labels of participants with a scan at the first visit with the label.

    Parameters
    ----------
    sheet : DataFrame
        Cohort sheet.
    labels : DataFrame
        Labels of participants, as from `study_labels`.
    scans : DataFrame
        `participant_id session_id` of the scans that count.
    group : str or None
        Column of the sheet whose values (families, sites) must not be split.

    Returns
    -------
    DataFrame
        A row for each label of a participant (or one with `n/a`), with the columns of the sheet at that visit, `age` as
        a number, and `unit`, which is drawn as a whole: the participant, or all with the same value of `group`.
    """
    labels = labels.assign(label=labels["label"].where(labels["reason"] == "", MISSING))
    rows = labels.merge(scans[KEYS], on=KEYS).merge(sheet.drop(columns=["dataset", "role"]), on=KEYS)
    labeled = rows.loc[rows["label"] != MISSING, "participant_id"]
    rows = rows[(rows["label"] != MISSING) | ~rows["participant_id"].isin(labeled)]
    rows = rows.drop_duplicates(["participant_id", "label"]).reset_index(drop=True)
    rows["age"] = pd.to_numeric(rows["age"].replace(MISSING, None))
    rows["unit"] = rows["participant_id"]
    if group:
        known = sheet[sheet[group] != MISSING].drop_duplicates("participant_id").set_index("participant_id")[group]
        rows[group] = rows["participant_id"].map(known).fillna(MISSING)  # whichever visit has it
        rows["unit"] = [f"{group} {g}" if g != MISSING else p for g, p in zip(rows[group], rows["unit"], strict=True)]
    return rows


def in_tasks(people: pd.DataFrame, tasks: Mapping[str, Task]) -> pd.DataFrame:
    """Return the rows of the participants that are in a class of any task, or have the number that one predicts.

    Parameters
    ----------
    people : DataFrame
        As from `people_of`.
    tasks : mapping of str to Task
        Prediction tasks by name.
    """
    used = np.any([targets(people, task).notna() for task in tasks.values()], axis=0)
    return people[people["participant_id"].isin(people.loc[used, "participant_id"])].reset_index(drop=True)


def heldout_size(label: str, test_per_label: TestSize) -> int:
    """Return the number of participants of a label to hold out.

    Parameters
    ----------
    label : str
        Label of a task, or `uMCI`, which counts as `MCI`: the participants that are neither stable nor progressive.
    test_per_label : int or dict of str to int
        One number, or one for each label; other labels have the smallest.
    """
    if isinstance(test_per_label, int):
        return test_per_label
    smallest = min(test_per_label.values())
    return test_per_label.get(label, test_per_label.get(ANY_MCI, smallest) if label == "uMCI" else smallest)


def parts_of_mci(tasks: Mapping[str, Task], test_per_label: TestSize) -> list[str]:
    """Return the labels that tasks only use as a part of `MCI`, without a number of test participants of their own.

    Parameters
    ----------
    tasks : mapping of str to Task
        Prediction tasks by name.
    test_per_label : int or dict of str to int
        Participants of each label in the test set.

    Returns
    -------
    list of str
        Sorted; `MCI` itself stands for participants that are neither stable nor progressive.
    """
    implied = set(members([ANY_MCI])) - set(label_names(tasks)) | {ANY_MCI}
    own = set() if isinstance(test_per_label, int) else {"uMCI", *test_per_label} - {ANY_MCI}
    return sorted(implied - own)


def wanted_of(people: pd.DataFrame, parts: list[str], test_per_label: TestSize) -> dict[str, int]:
    """Return the number of participants of each label to hold out.

    Parameters
    ----------
    people : DataFrame
        One row per participant.
    parts : list of str
        Labels of which at most a third is held out, from `parts_of_mci`.
    test_per_label : int or dict of str to int
        Participants of each label in the test set.
    """
    counts = people[people["role"] == "study"]["label"].value_counts()
    return {
        str(label): min(heldout_size(str(label), test_per_label), n // 3 if label in parts else n)
        for label, n in counts.items()
    }


def split_problems(people: pd.DataFrame, tasks: dict[str, Task], test_per_label: TestSize, folds: int) -> list[str]:
    """Return the problems that make a draw impossible: classes with too few participants, and groups in two roles.

    Parameters
    ----------
    people : DataFrame
        As from `people_of`.
    tasks : dict of Task
        Prediction tasks by name.
    test_per_label : int or dict of str to int
        Participants of each label in the test set.
    folds : int
        Number of folds.
    """
    study = people[people["role"] == "study"]
    problems = {}
    for task in tasks.values():
        column = column_of(task)
        rows = study if column == "label" else narrowest(study)
        for value in (value for values in classes_of(task).values() for value in values):
            held = heldout_size(value, test_per_label)
            problems[column, value] = too_few(f"{column} {value}", int(rows[column].eq(value).sum()), held, folds)
    return [*chain(*problems.values()), *shared_groups(people)]


def too_few(name: str, n: int, held_out: int, folds: int) -> list[str]:
    """Return a problem if a class has too few participants for test set and folds.

    Parameters
    ----------
    name : str
        Column and value of the class.
    n : int
        Participants with an included baseline scan.
    held_out, folds : int
        Test participants, and number of folds.
    """
    if n >= held_out + folds:
        return []
    return [
        f"{name}: {n} participants with an included baseline scan, the split needs {held_out + folds} "
        f"(splits.test_per_label {held_out} + splits.folds {folds}); lower these or correct the sheet"
    ]


def shared_groups(people: pd.DataFrame) -> list[str]:
    """Return a problem for each participant or group of participants in the study and in an external cohort.

    Parameters
    ----------
    people : DataFrame
        As from `people_of`.
    """
    both = set(people.loc[people["role"] == "study", "unit"]) & set(people.loc[people["role"] == "external", "unit"])
    return [f"{unit} is in the study and in an external cohort" for unit in sorted(both)]
