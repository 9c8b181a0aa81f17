"""Participants of the tasks, and the problems that make a draw of splits impossible."""

from collections.abc import Mapping

import numpy as np
import pandas as pd

from adrepro.cohort.cohort_sheet import KEYS
from adrepro.cohort.labels import diagnosis_problems, label_cohort
from adrepro.cohort.scan_paths import scans_of
from adrepro.config.settings.cohort import SplitSettings, Task
from adrepro.config.tasks import classes_of, column_of, members, targets
from adrepro.core.files import MISSING


def people_of(
    sheet: pd.DataFrame, labels: pd.DataFrame, scans: pd.DataFrame, tasks: dict[str, Task], group: str | None
) -> pd.DataFrame:
    """Return the participants of any task: those with a label, and a scan at the visit that the label belongs to.

    Parameters
    ----------
    sheet : DataFrame
        Cohort sheet.
    labels : DataFrame
        Labels of participants, as from `label_cohort`.
    scans : DataFrame
        `participant_id session_id` of the scans that count.
    tasks : dict of Task
        Prediction tasks by name.
    group : str or None
        Column of the sheet whose values (families, sites) must not be split.

    Returns
    -------
    DataFrame
        Labels with the columns of the sheet at that visit, `age` as a number, and `unit`, which is drawn as a whole:
        the participant, or all with the same value of `group`.
    """
    rows = labels.merge(scans[KEYS], on=KEYS).merge(sheet.drop(columns=["dataset", "role"]), on=KEYS)
    takes_part = np.any([targets(rows, task).notna() for task in tasks.values()], axis=0)
    rows = rows[takes_part].reset_index(drop=True)
    rows["age"] = pd.to_numeric(rows["age"].replace(MISSING, None))
    rows["unit"] = rows["participant_id"]
    if group:
        rows["unit"] = [f"{group} {g}" if g != MISSING else p for g, p in zip(rows[group], rows["unit"], strict=True)]
    return rows


def wanted_of(people: pd.DataFrame, tasks: dict[str, Task], test_per_label: int) -> dict[str, int]:
    """Return the number of participants of each label to hold out.

    Of labels that tasks only use as a part of `MCI`, at most a third is held out.

    Parameters
    ----------
    people : DataFrame
        As from `people_of`.
    tasks : dict of Task
        Prediction tasks by name.
    test_per_label : int
        Participants of each label in the test set.
    """
    counts = people[people["role"] == "study"]["label"].value_counts()
    implied = set(members(["MCI"])) - {v for t in tasks.values() for c in classes_of(t).values() for v in c} | {"MCI"}
    return {
        str(label): min(test_per_label, n // 3) if label in implied else test_per_label for label, n in counts.items()
    }


def split_problems(people: pd.DataFrame, tasks: dict[str, Task], test_per_label: int, folds: int) -> list[str]:
    """Return the problems that make a draw impossible: classes with too few participants, and groups in two roles.

    Parameters
    ----------
    people : DataFrame
        As from `people_of`.
    tasks : dict of Task
        Prediction tasks by name.
    test_per_label, folds : int
        Participants of each label in the test set, and number of folds.
    """
    study = people[people["role"] == "study"]
    need = test_per_label + folds
    needed = f"the split needs {need} (splits.test_per_label {test_per_label} + splits.folds {folds})"
    problems = {}
    for task in tasks.values():
        column = column_of(task)
        for values in classes_of(task).values():
            for value in values:
                n = int(study[column].isin(members([value]) if column == "label" else [value]).sum())
                if n < need:
                    problems[column, value] = (
                        f"{column} {value}: {n} participants with an included baseline scan, {needed}; lower these or "
                        "correct the sheet"
                    )
    both = set(study["unit"]) & set(people[people["role"] == "external"]["unit"])
    return [*problems.values(), *(f"{unit} is in the study and in an external cohort" for unit in sorted(both))]


def sheet_problems(
    sheet: pd.DataFrame,
    tasks: dict[str, Task],
    horizon_months: float,
    ignore: list[str],
    splits: SplitSettings,
    covariates: set[str],
    repeat_visits: Mapping[str, object] | None = None,
) -> list[str]:
    """Return the problems of a cohort sheet for this study that are known before any scan is read.

    Parameters
    ----------
    sheet : DataFrame
        Cohort sheet.
    tasks : dict of Task
        Prediction tasks by name.
    horizon_months : float
        Follow-up after which MCI is stable, in months.
    ignore : list of str
        Further valid diagnoses.
    splits : SplitSettings
        Section `splits` of the configuration.
    covariates : set of str
        Columns that approaches use as confounds, ComBat batch or covariates.
    repeat_visits : mapping, optional
        Participants with repeat visits, from `repeat_visits.repeat_visits`, if an approach uses rates of change: others
        do not count.
    """
    named = {column: "a task" for column in (column_of(task) for task in tasks.values()) if column != "label"}
    named |= {splits.group: "splits.group"} if splits.group else {}
    named |= dict.fromkeys(covariates - {"tiv_ml"}, "confounds or combat of an approach")
    missing = sorted(set(named) - set(sheet.columns))
    problems = [f"no column {c}, which {named[c]} names; it has {', '.join(sheet)}" for c in missing]
    problems = problems or diagnosis_problems(sheet, tasks, ignore)
    if problems:
        return problems
    if splits.lists:
        return []  # the lists replace the draw; jobs read and check them
    people = people_of(sheet, label_cohort(sheet, horizon_months)[0], scans_of(sheet), tasks, splits.group)
    if repeat_visits is not None:
        people = people[people["participant_id"].isin(repeat_visits)].reset_index(drop=True)
        problems = split_problems(people, tasks, splits.test_per_label, splits.folds)
        return [
            f"{problem}; features: rate counts those with two visits before a change of diagnosis"
            for problem in problems
        ]
    return split_problems(people, tasks, splits.test_per_label, splits.folds)
