"""Participants and training visits of one task: its view of the splits, and one table for each fold."""

from pathlib import Path

import pandas as pd

from adrepro.cohort.leakage_checks import (
    check_groups,
    check_partitions,
    check_tasks,
    check_training_visits,
    failed_checks,
    print_checks,
)
from adrepro.cohort.lists.list_coverage import empty_classes
from adrepro.cohort.study_participants import split_problems
from adrepro.cohort.task_views import fold_view, task_view, training_visits
from adrepro.config.settings.cohort import Task, TestSize
from adrepro.core import step
from adrepro.core.errors import raise_if_any
from adrepro.core.files import read_json
from adrepro.core.tables import read_table, write_table


def task_split(
    eligible: Path,
    visits: Path,
    drawn: list[Path],
    holdouts: list[Path],
    image_checks: Path,
    out: Path,
    folds: list[Path],
    longitudinal: list[Path],
    holdout: Path,
    name: str,
    task: Task,
    test_per_label: TestSize,
    group: str | None,
    lists: list[Path],
    allow_leak: bool,
) -> None:
    """Write the split of one task, if there is no leakage.

    Parameters
    ----------
    eligible, visits : Path
        TSVs of the participants and visits that can take part, from the step `eligible` (input).
    drawn, holdouts : list of Path
        TSVs of partition and fold, and of repeated hold-outs, of the labels of the task (input).
    image_checks : Path
        JSON with the leakage checks of images (input).
    out : Path
        TSV to write, with the columns of `task_view`.
    folds : list of Path
        TSV to write for each fold, with the columns of `fold_view`.
    longitudinal : list of Path
        TSV to write for each fold: `participant_id session_id target` of the visits to train on.
    holdout : Path
        TSV to write: `iteration participant_id` of the repeated hold-outs.
    name : str
        Name of the task, for messages.
    task : Task
        Prediction task.
    test_per_label : int or dict of str to int
        Participants of each label in the test set.
    group : str or None
        Column of the sheet whose values must not be split.
    lists : list of Path
        Folder of published subject lists, if they replace drawn splits.
    allow_leak : bool
        Whether the study goes on after leakage, with a banner in its report.

    Raises
    ------
    UserError
        If a class has too few participants, a group is in two roles, or there is leakage before any training.
    """
    people = read_table(eligible, numbers=("age",))
    table = pd.concat([read_table(path) for path in drawn]).sort_values("participant_id", ignore_index=True)
    people = people[people["participant_id"].isin(table["participant_id"])]
    if lists:
        raise_if_any(empty_classes(table, people, {name: task}, len(folds)), f"splits.lists: {lists[0]}")
    else:
        raise_if_any(split_problems(people, {name: task}, test_per_label, len(folds)), "splits")
    view = task_view(table, people, task)
    trained = training_visits(view, read_table(visits), task)
    checks = [
        check_partitions(table),
        check_tasks(table, {name: view}),
        check_training_visits(table, {name: trained}),
        *([check_groups(table, people, group)] if group else []),
        *read_json(image_checks)["checks"],
    ]
    print_checks(checks)
    if not allow_leak:
        raise_if_any(
            failed_checks(checks),
            "leakage before any training, so that none starts (allow_leak: true goes on, with a banner)",
        )
    for fold, (path, further) in enumerate(zip(folds, longitudinal, strict=True)):
        rows = fold_view(view, fold)
        write_table(path, rows)
        fitted = rows.loc[rows["split"] == "train", "participant_id"]
        write_table(further, trained[trained["participant_id"].isin(fitted)])
    repeated = pd.concat([read_table(path) for path in holdouts])
    repeated = repeated[repeated["participant_id"].isin(view["participant_id"])]
    order = repeated.assign(number=repeated["iteration"].astype(int)).sort_values(["number", "participant_id"])
    write_table(holdout, order[["iteration", "participant_id"]])
    write_table(out, view)


if __name__ == "__main__":
    step.run(task_split)
