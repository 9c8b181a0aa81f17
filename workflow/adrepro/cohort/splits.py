"""Test set first, then stratified folds: by participant, seeded, drawn once per label for all tasks."""

from pathlib import Path

import numpy as np
import pandas as pd

from adrepro.cohort.cohort_sheet import read_sheet, scans_of
from adrepro.cohort.labels import diagnosis_problems, label_cohort
from adrepro.cohort.published_lists import listed_splits
from adrepro.cohort.sampling import COLUMNS, draw_splits, holdouts
from adrepro.config.tasks import classes_of, column_of, members, targets
from adrepro.core import step
from adrepro.core.errors import UserError, raise_all
from adrepro.core.files import MISSING, read_table, write_table

KEYS = ["participant_id", "session_id"]


def people_of(
    sheet: pd.DataFrame, labels: pd.DataFrame, scans: pd.DataFrame, tasks: dict, group: str | None
) -> pd.DataFrame:
    """Who takes part in a task: participants with a scan (`scans`) at the visit where their label was judged.

    Returns the labels with the sheet's columns at that visit, `age` as a number, and `unit`: what is drawn together,
    the participant or, where there is a column `group`, all who share its value.
    """
    rows = labels.merge(scans[KEYS], on=KEYS).merge(sheet.drop(columns=["dataset", "role"]), on=KEYS)
    takes_part = np.any([targets(rows, task).notna() for task in tasks.values()], axis=0)
    rows = rows[takes_part].reset_index(drop=True)
    rows["age"] = pd.to_numeric(rows["age"].replace(MISSING, None))
    rows["unit"] = rows["participant_id"]
    if group:
        rows["unit"] = [f"{group} {g}" if g != MISSING else p for g, p in zip(rows[group], rows["unit"], strict=True)]
    return rows


def wanted_of(people: pd.DataFrame, tasks: dict, test_per_label: int) -> dict[str, int]:
    """How many participants of each label to hold out; a third at most of those that a task means only by `MCI`."""
    counts = people[people["role"] == "study"]["label"].value_counts()
    implied = set(members(["MCI"])) - {v for t in tasks.values() for c in classes_of(t).values() for v in c} | {"MCI"}
    return {
        str(label): min(test_per_label, n // 3) if label in implied else test_per_label for label, n in counts.items()
    }


def split_problems(people: pd.DataFrame, tasks: dict, test_per_label: int, folds: int) -> list[str]:
    """What makes the draw impossible: a class with too few participants, or a group on both sides."""
    study = people[people["role"] == "study"]
    need = test_per_label + folds
    told = f"the split needs {need} (splits.test_per_label {test_per_label} + splits.folds {folds})"
    problems = {}
    for task in tasks.values():
        column = column_of(task)
        for values in classes_of(task).values():
            for value in values:
                n = int(study[column].isin(members([value]) if column == "label" else [value]).sum())
                if n < need:
                    problems[column, value] = (
                        f"{column} {value}: {n} participants with a usable baseline scan, {told}; lower these or "
                        "correct the sheet"
                    )
    both = set(study["unit"]) & set(people[people["role"] == "external"]["unit"])
    return [*problems.values(), *(f"{unit} is in the study and in an external cohort" for unit in sorted(both))]


def sheet_problems(
    sheet: pd.DataFrame, tasks: dict, horizon_months: float, ignore: list[str], splits: dict, covariates: set[str]
) -> list[str]:
    """Why no study can be made of this cohort sheet, as far as that can be known before a scan is read.

    `covariates` are columns that approaches adjust for, harmonise over or keep.
    """
    named = {column: "a task" for column in (column_of(task) for task in tasks.values()) if column != "label"}
    named |= {splits["group"]: "splits.group"} if splits["group"] else {}
    named |= dict.fromkeys(covariates - {"tiv_ml"}, "adjust, harmonise or keep of a machine")
    missing = sorted(set(named) - set(sheet.columns))
    problems = [f"no column {c}, which {named[c]} names; it has {', '.join(sheet)}" for c in missing]
    problems = problems or diagnosis_problems(sheet, tasks, ignore)
    if problems:
        return problems
    if splits["lists"]:
        return []  # they decide, and are read by the jobs
    people = people_of(sheet, label_cohort(sheet, horizon_months)[0], scans_of(sheet), tasks, splits["group"])
    return split_problems(people, tasks, splits["test_per_label"], splits["folds"])


def as_listed(people: pd.DataFrame, listed: pd.DataFrame) -> pd.DataFrame:
    """The split of published lists, of those who are in the study; external participants as ever."""
    external = people[people["role"] == "external"].assign(partition="external", fold=MISSING)
    own = people[people["role"] == "study"].merge(listed.drop(columns="label"), on="participant_id")
    if own.empty:
        raise UserError("splits.lists: no participant of the sheet is in the lists; compare their ids")
    print(f"{len(own)} of {len(listed)} listed participants have an accepted scan")
    return pd.concat([own, external])[COLUMNS].sort_values("participant_id", ignore_index=True)


def task_view(participants: pd.DataFrame, people: pd.DataFrame, task: dict) -> pd.DataFrame:
    """The participants of one task, with their `target`: 1 for the positive class, the class's number, or a number."""
    target = pd.Series(targets(people, task).to_numpy(), index=people["participant_id"])
    rows = participants.assign(target=participants["participant_id"].map(target))
    return whole_numbers(rows[rows["target"].notna()])


def training_visits(view: pd.DataFrame, visits: pd.DataFrame, task: dict) -> pd.DataFrame:
    """Every visit with a scan that a training participant of the task may be trained on, with its target.

    A visit counts where its own label belongs to the class of the participant's.
    """
    rows = visits.merge(view.loc[view["partition"] == "train", ["participant_id", "target"]], on="participant_id")
    own = targets(rows, task)
    keep = own.notna() & ((own == rows["target"]) | ("predict" in task))
    return whole_numbers(rows.assign(target=own)[keep][[*KEYS, "target"]])


def whole_numbers(rows: pd.DataFrame) -> pd.DataFrame:
    """`rows` with `target` as integers where all of them are."""
    whole = (rows["target"] % 1 == 0).all()
    return rows.assign(target=rows["target"].astype(int)) if whole else rows


def splits(
    cohort: Path,
    labels: Path,
    visits: Path,
    accepted: Path,
    out: Path,
    tasks: dict,
    settings: dict,
    seed: int,
    lists: list[Path],
) -> None:
    """Write `participants.tsv`, and beside it a view per task, the training visits per task and the hold-outs.

    Only participants with an accepted scan at the visit where their label was judged take part. `lists` holds the
    folder of published lists, if these give the split.
    """
    sheet, scans = read_sheet(cohort), read_table(accepted)
    people = people_of(sheet, read_table(labels), scans, tasks, settings["group"])
    if lists:
        table = as_listed(people, listed_splits(lists[0], settings["folds"]))
    else:
        raise_all(split_problems(people, tasks, settings["test_per_label"], settings["folds"]), "splits")
        wanted = wanted_of(people, tasks, settings["test_per_label"])
        table = draw_splits(people, wanted, settings["folds"], settings["match"], seed)
    judged = read_table(visits).merge(scans[KEYS], on=KEYS).merge(sheet.drop(columns="months"), on=KEYS)
    for name, task in tasks.items():
        view = task_view(table, people, task)
        write_table(out.parent / f"{name}.tsv", view)
        write_table(out.parent / "longitudinal" / f"{name}.tsv", training_visits(view, judged, task))
    write_table(out.parent / "holdout.tsv", holdouts(people, seed=seed, **settings["holdouts"]))
    write_table(out, table)


if __name__ == "__main__":
    step.run(splits)
