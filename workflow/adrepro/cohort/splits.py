"""Test set and cross-validation folds, drawn by participant, once per label for all tasks."""

from pathlib import Path

import pandas as pd

from adrepro.cohort.cohort_sheet import KEYS, read_sheet
from adrepro.cohort.published_lists import listed_splits
from adrepro.cohort.sampling import COLUMNS, draw_splits, holdouts
from adrepro.cohort.study_participants import people_of, split_problems, wanted_of
from adrepro.config.settings.cohort import SplitSettings, Task
from adrepro.config.tasks import is_binary, targets
from adrepro.core import step
from adrepro.core.errors import UserError, raise_if_any
from adrepro.core.files import MISSING
from adrepro.core.tables import read_table, write_table

NO_RATE = "an approach with features: rate needs two included visits of different months that show the same head"


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


def task_view(participants: pd.DataFrame, people: pd.DataFrame, task: Task) -> pd.DataFrame:
    """Return the splits of the participants of one task.

    Parameters
    ----------
    participants : DataFrame
        Splits of all participants, as from `draw_splits`.
    people : DataFrame
        As from `people_of`.
    task : Task
        Prediction task.

    Returns
    -------
    DataFrame
        Rows of `participants` with `target`: 1 for the positive class, the index of the class, or the predicted number.
    """
    target = pd.Series(targets(people, task).to_numpy(), index=people["participant_id"])
    rows = participants.assign(target=participants["participant_id"].map(target))
    return whole_numbers(rows[rows["target"].notna()])


def training_visits(view: pd.DataFrame, visits: pd.DataFrame, task: Task) -> pd.DataFrame:
    """Return the visits of training participants that a model of the task may be trained on.

    A visit counts if its own label belongs to the class of the participant.

    Parameters
    ----------
    view : DataFrame
        As from `task_view`.
    visits : DataFrame
        Label and columns of the cohort sheet of every visit with an included scan.
    task : Task
        Prediction task.

    Returns
    -------
    DataFrame
        `participant_id session_id target`.
    """
    rows = visits.merge(view.loc[view["partition"] == "train", ["participant_id", "target"]], on="participant_id")
    own = targets(rows, task)
    keep = own.notna() & ((own == rows["target"]) | (task.predict is not None))
    return whole_numbers(rows.assign(target=own)[keep][[*KEYS, "target"]])


def whole_numbers(rows: pd.DataFrame) -> pd.DataFrame:
    """Return a table with its column `target` as integers, if all targets are whole numbers.

    Parameters
    ----------
    rows : DataFrame
        Table with a numeric column `target`.

    Returns
    -------
    DataFrame
        `rows` itself if a target has a fraction.
    """
    whole = (rows["target"] % 1 == 0).all()
    return rows.assign(target=rows["target"].astype(int)) if whole else rows


def with_rates(people: pd.DataFrame, rates: list[pd.DataFrame]) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return the participants with a rate of change, and the others with a reason.

    Parameters
    ----------
    people : DataFrame
        As from `people_of`.
    rates : list of DataFrame
        Rates with the columns `participant_id session_id`; empty if no approach uses them.

    Returns
    -------
    taking_part : DataFrame
        Rows of `people`.
    left_out : DataFrame
        `participant_id session_id step reason`.

    Raises
    ------
    UserError
        If nobody of a dataset has a rate.
    """
    has = pd.Series(True, index=people.index)
    for table in rates:
        has &= keys_of(people).isin(set(keys_of(table)))
    for dataset, own in has.groupby(people["dataset"]):
        if not own.any():
            raise UserError(
                f"dataset {dataset}: no participant has two visits for the rate of change that an approach uses; "
                "remove the dataset from the sheet, or the approach"
            )
    others = people.loc[~has, KEYS].assign(step="rate of change", reason=NO_RATE)
    return people[has].reset_index(drop=True), others


def keys_of(table: pd.DataFrame) -> pd.Series:
    """Return participant and session of each row, as one text.

    Parameters
    ----------
    table : DataFrame
        Rows with `participant_id session_id`.
    """
    return table["participant_id"] + " " + table["session_id"]


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
        raise_if_any(empty_classes(table, people, tasks, settings.folds), "splits.lists") if rates else None
    else:
        raise_if_any(split_problems(people, tasks, settings.test_per_label, settings.folds), "splits")
        wanted = wanted_of(people, tasks, settings.test_per_label)
        table = draw_splits(people, wanted, settings.folds, settings.match, seed)
    visit_labels = read_table(visits).merge(scans[KEYS], on=KEYS).merge(sheet.drop(columns="months"), on=KEYS)
    visit_labels = visit_labels[~keys_of(visit_labels).isin(set(keys_of(strangers)))]
    for name, task in tasks.items():
        view = task_view(table, people, task)
        write_table(out.parent / f"{name}.tsv", view)
        write_table(out.parent / "longitudinal" / f"{name}.tsv", training_visits(view, visit_labels, task))
    write_table(out.parent / "holdout.tsv", holdouts(people, seed=seed, **settings.repeated_holdout.model_dump()))
    write_table(out, table)


if __name__ == "__main__":
    step.run(splits)
