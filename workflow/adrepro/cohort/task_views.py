"""Participants and training visits of one task, out of the splits of all participants."""

import pandas as pd

from adrepro.cohort.cohort_sheet import KEYS
from adrepro.config.settings.cohort import Task
from adrepro.config.tasks import targets


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
