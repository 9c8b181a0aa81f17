"""Test set and cross-validation folds, drawn by participant, once per label for all tasks."""

from pathlib import Path

import pandas as pd

from adrepro.cohort.cohort_sheet import KEYS, read_sheet
from adrepro.cohort.labels import narrowest
from adrepro.cohort.leakage_checks import (
    check_groups,
    check_partitions,
    check_tasks,
    check_training_visits,
    failed_checks,
)
from adrepro.cohort.lists.list_coverage import empty_classes
from adrepro.cohort.lists.listed_labels import listed_splits
from adrepro.cohort.repeat_visits import visit_names, with_rates
from adrepro.cohort.sampling import draw_splits, holdouts
from adrepro.cohort.study_labels import checked_lists
from adrepro.cohort.study_participants import people_of, split_problems, wanted_of
from adrepro.cohort.task_views import task_view, training_visits
from adrepro.config.settings.cohort import SplitSettings, Task
from adrepro.core import step
from adrepro.core.errors import raise_if_any
from adrepro.core.files import read_json, write_json
from adrepro.core.tables import read_table, write_table


def splits(
    cohort: Path,
    labels: Path,
    visits: Path,
    included: Path,
    out: Path,
    tasks: dict[str, Task],
    settings: SplitSettings,
    seed: int,
    lists: list[Path],
    rates: list[Path],
    left_out_visits: list[Path],
    left_out: Path,
    image_checks: Path,
    leakage: Path,
    allow_leak: bool,
) -> None:
    """Write the test set, the folds and the repeated hold-outs of all participants, and their parts for each task.

    Only participants with an included scan at the first visit with their label take part.

    Parameters
    ----------
    cohort, labels, visits, included : Path
        Cohort sheet, labels of participants and visits, and included scans (input).
    out : Path
        TSV to write: `participant_id dataset label partition fold`. In its folder, `<task>.tsv` has the columns of
        `task_view`, `longitudinal/<task>.tsv` holds `participant_id session_id target` of the visits to train on, and
        `holdout.tsv`
        holds `iteration participant_id` of the repeated hold-outs.
    tasks : dict of Task
        Prediction tasks by name.
    settings : SplitSettings
        Section `splits` of the configuration.
    seed : int
        Seed of the study.
    lists : list of Path
        Folder of published subject lists that replace the drawn splits; empty without lists.
    rates : list of Path
        TSVs of rates of change (`participant_id session_id ...`), if an approach uses them: only their participants
        take part, so that all approaches are compared on the same people (input).
    left_out_visits : list of Path
        TSVs of visits that were left out of the rates: `participant_id session_id step reason` (input).
    left_out : Path
        TSV to write: those visits, and participants with a label and a scan who do not take part, in the same columns.
    image_checks : Path
        JSON with the leakage checks of images (input).
    leakage : Path
        JSON to write: `verdict` (`leak` or `clean`) and `checks`, those of images and of the splits (output).
    allow_leak : bool
        Whether the study goes on after leakage, with a banner in its report.

    Raises
    ------
    UserError
        If a class has too few participants, a group is in two roles, no draw is balanced, the lists are wrong, or there
        is leakage before any training.
    """
    sheet, scans = read_sheet(cohort), read_table(included)
    people = people_of(sheet, read_table(labels), scans, tasks, settings.group)
    people, out_of_study = with_rates(people, [read_table(path) for path in rates])
    persons = narrowest(people)
    strangers = pd.concat([read_table(path) for path in left_out_visits] or [out_of_study.head(0)]).drop_duplicates()
    write_table(left_out, pd.concat([strangers, out_of_study]))
    if lists:
        table = listed_splits(people, checked_lists(lists[0], tasks, settings.folds))
        raise_if_any(empty_classes(table, people, tasks, settings.folds), f"splits.lists: {lists[0]}")
    else:
        raise_if_any(split_problems(people, tasks, settings.test_per_label, settings.folds), "splits")
        wanted = wanted_of(persons, tasks, settings.test_per_label)
        table = draw_splits(persons, wanted, settings.folds, settings.match, seed)
    visit_labels = read_table(visits).merge(scans[KEYS], on=KEYS).merge(sheet.drop(columns="months"), on=KEYS)
    visit_labels = visit_labels[~visit_names(visit_labels).isin(set(visit_names(strangers)))]
    views = {name: task_view(table, people, task) for name, task in tasks.items()}
    trained = {name: training_visits(views[name], visit_labels, task) for name, task in tasks.items()}
    checks = [
        check_partitions(table),
        check_tasks(table, views),
        check_training_visits(table, trained),
        *([check_groups(table, sheet, settings.group)] if settings.group else []),
        *read_json(image_checks)["checks"],
    ]
    leaks = failed_checks(checks)
    if not allow_leak:
        raise_if_any(
            leaks, "leakage before any training, so that none starts (allow_leak: true goes on, with a banner)"
        )
    write_json(leakage, {"verdict": "leak" if leaks else "clean", "checks": checks})
    for name in tasks:
        write_table(out.parent / f"{name}.tsv", views[name])
        write_table(out.parent / "longitudinal" / f"{name}.tsv", trained[name])
    write_table(out.parent / "holdout.tsv", holdouts(persons, seed=seed, **settings.repeated_holdout.model_dump()))
    write_table(out, table)


if __name__ == "__main__":
    step.run(splits)
