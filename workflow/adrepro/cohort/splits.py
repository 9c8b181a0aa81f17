"""Test set and cross-validation folds, drawn by participant, once per label for all tasks."""

from pathlib import Path

import pandas as pd

from adrepro.cohort.cohort_sheet import KEYS, read_sheet
from adrepro.cohort.published_lists import listed_splits
from adrepro.cohort.repeat_visits import visit_names, with_rates
from adrepro.cohort.sampling import COLUMNS, draw_splits, holdouts
from adrepro.cohort.study_participants import people_of, split_problems, wanted_of
from adrepro.cohort.task_views import task_view, training_visits
from adrepro.config.settings.cohort import SplitSettings, Task
from adrepro.config.tasks import is_binary
from adrepro.core import step
from adrepro.core.errors import UserError, raise_if_any
from adrepro.core.files import MISSING
from adrepro.core.tables import read_table, write_table


def as_listed(people: pd.DataFrame, listed: pd.DataFrame) -> pd.DataFrame:
    """Return the splits of published lists for the participants of the study; external participants stay external.

    Parameters
    ----------
    people : DataFrame
        As from `people_of`.
    listed : DataFrame
        As from `listed_splits`.

    Returns
    -------
    DataFrame
        `participant_id dataset label partition fold`.

    Raises
    ------
    UserError
        If no participant of the study is in the lists.
    """
    external = people[people["role"] == "external"].assign(partition="external", fold=MISSING)
    own = people[people["role"] == "study"].merge(listed.drop(columns="label"), on="participant_id")
    if own.empty:
        raise UserError("splits.lists: no participant of the sheet is in the lists; compare their ids")
    print(f"{len(own)} of {len(listed)} listed participants take part")
    return pd.concat([own, external])[COLUMNS].sort_values("participant_id", ignore_index=True)


def empty_classes(table: pd.DataFrame, people: pd.DataFrame, tasks: dict[str, Task], folds: int) -> list[str]:
    """Return a problem for each class of a task of two classes that nobody is left of in a part of listed splits.

    Parameters
    ----------
    table : DataFrame
        Splits, as from `as_listed`.
    people : DataFrame
        As from `people_of`, without participants who do not take part.
    tasks : dict of Task
        Prediction tasks by name.
    folds : int
        Number of folds.
    """
    problems = []
    for name, task in tasks.items():
        if not is_binary(task):
            continue
        view = task_view(table, people, task)
        parts = {"the test set": view[view["partition"] == "test"]}
        parts |= {f"fold {k}": view[view["fold"].astype(str) == str(k)] for k in range(folds)}
        problems += [
            f"{name}: nobody of class {target} with a rate of change is left in {part}; use features: volume"
            for part, rows in parts.items()
            for target in sorted({0, 1} - set(rows["target"]))
        ]
    return problems


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
) -> None:
    """Write the test set, the folds and the repeated hold-outs of all participants, and their parts for each task.

    Only participants with an included scan at the visit that their label belongs to take part.

    Parameters
    ----------
    cohort, labels, visits, included : Path
        Cohort sheet, labels of participants and visits, and included scans (input).
    out : Path
        TSV to write: `participant_id dataset label partition fold`. In its folder, `<task>.tsv` adds `target`,
        `longitudinal/<task>.tsv` holds `participant_id session_id target` of the visits to train on, and `holdout.tsv`
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

    Raises
    ------
    UserError
        If a class has too few participants, a group is in two roles, no draw is balanced, or the lists are wrong.
    """
    sheet, scans = read_sheet(cohort), read_table(included)
    people = people_of(sheet, read_table(labels), scans, tasks, settings.group)
    people, out_of_study = with_rates(people, [read_table(path) for path in rates])
    strangers = pd.concat([read_table(path) for path in left_out_visits] or [out_of_study.head(0)]).drop_duplicates()
    write_table(left_out, pd.concat([strangers, out_of_study]))
    if lists:
        table = as_listed(people, listed_splits(lists[0], settings.folds))
        if rates:
            raise_if_any(empty_classes(table, people, tasks, settings.folds), "splits.lists")
    else:
        raise_if_any(split_problems(people, tasks, settings.test_per_label, settings.folds), "splits")
        wanted = wanted_of(people, tasks, settings.test_per_label)
        table = draw_splits(people, wanted, settings.folds, settings.match, seed)
    visit_labels = read_table(visits).merge(scans[KEYS], on=KEYS).merge(sheet.drop(columns="months"), on=KEYS)
    visit_labels = visit_labels[~visit_names(visit_labels).isin(set(visit_names(strangers)))]
    for name, task in tasks.items():
        view = task_view(table, people, task)
        write_table(out.parent / f"{name}.tsv", view)
        write_table(out.parent / "longitudinal" / f"{name}.tsv", training_visits(view, visit_labels, task))
    write_table(out.parent / "holdout.tsv", holdouts(people, seed=seed, **settings.repeated_holdout.model_dump()))
    write_table(out, table)


if __name__ == "__main__":
    step.run(splits)
