"""Test set first, then stratified folds: by participant, seeded, drawn once per label for all tasks."""

import zlib
from pathlib import Path

import numpy as np
import pandas as pd

from . import step
from .errors import raise_all
from .files import MISSING, read_table, write_table
from .labels import diagnosis_problems, label_cohort, task_labels
from .sheet import scans_of


def draw_splits(people: pd.DataFrame, test_per_label: int, folds: int, seed: int) -> pd.DataFrame:
    """Draw the test set and the folds.

    Parameters
    ----------
    people : DataFrame
        Columns `participant_id dataset role label`, one row per participant.
    test_per_label : int
        Participants of each label that are held out before anything else.
    folds : int
        Number of cross-validation folds over the rest.
    seed : int
        The study's seed; the draw depends on it and on the sorted ids alone.

    Returns
    -------
    DataFrame
        `participant_id dataset label partition fold`; `partition` is `train`, `test` or `external`, and `fold` the
        fold in which a training participant validates.
    """
    rows = []
    for label, group in people[people["role"] == "study"].groupby("label", sort=True):
        ids = sorted(group["participant_id"])
        order = np.random.default_rng([seed, zlib.crc32(str(label).encode())]).permutation(len(ids))
        dataset = dict(zip(group["participant_id"], group["dataset"], strict=True))
        for rank, index in enumerate(order):
            held_out = rank < test_per_label
            fold = MISSING if held_out else str((rank - test_per_label) % folds)
            rows.append((ids[index], dataset[ids[index]], label, "test" if held_out else "train", fold))
    external = people[people["role"] == "external"]
    rows += [(p.participant_id, p.dataset, p.label, "external", MISSING) for p in external.itertuples()]
    table = pd.DataFrame(rows, columns=["participant_id", "dataset", "label", "partition", "fold"])
    return table.sort_values("participant_id", ignore_index=True)


def split_problems(people: pd.DataFrame, tasks: dict, test_per_label: int, folds: int) -> list[str]:
    """What makes the draw impossible: a label with too few participants."""
    counts = people[people["role"] == "study"]["label"].value_counts()
    need = test_per_label + folds
    return [
        f"label {label}: {counts.get(label, 0)} participants with a usable baseline scan, the split needs {need} "
        f"(splits.test_per_label {test_per_label} + splits.folds {folds}); lower these or correct the diagnoses"
        for label in task_labels(tasks)
        if counts.get(label, 0) < need
    ]


def sheet_problems(
    sheet: pd.DataFrame, tasks: dict, horizon_months: float, ignore: list[str], test_per_label: int, folds: int
) -> list[str]:
    """Why no study can be made of this cohort sheet, as far as that can be known before a scan is read."""
    problems = diagnosis_problems(sheet, tasks, ignore)
    if problems:
        return problems
    keys = ["participant_id", "session_id"]
    people = label_cohort(sheet, horizon_months).merge(scans_of(sheet)[keys], on=keys)
    return split_problems(people, tasks, test_per_label, folds)


def task_view(participants: pd.DataFrame, task: dict) -> pd.DataFrame:
    """The participants of one task, with `target` 1 for the positive labels and 0 for the negative."""
    rows = participants[participants["label"].isin([*task["positive"], *task["negative"]])].copy()
    rows["target"] = rows["label"].isin(task["positive"]).astype(int)
    return rows


def splits(labels: Path, accepted: Path, out: Path, tasks: dict, test_per_label: int, folds: int, seed: int) -> None:
    """Write `participants.tsv` and one view per task. Only participants with an accepted baseline scan take part."""
    keys = ["participant_id", "session_id"]
    people = read_table(labels).merge(read_table(accepted)[keys], on=keys)
    people = people[people["label"].isin(task_labels(tasks))]
    raise_all(split_problems(people, tasks, test_per_label, folds), "splits")
    table = draw_splits(people, test_per_label, folds, seed)
    for name, task in tasks.items():
        write_table(out.parent / f"{name}.tsv", task_view(table, task))
    write_table(out, table)


if __name__ == "__main__":
    step.run(splits)
