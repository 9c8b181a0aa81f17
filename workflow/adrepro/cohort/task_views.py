"""Participants and training visits of one task, out of the splits of all participants."""

import pandas as pd

from adrepro.cohort.cohort_sheet import KEYS
from adrepro.cohort.labels import narrowest
from adrepro.config.settings.cohort import Task
from adrepro.config.tasks import column_of, targets

VIEW_COLUMNS = ["participant_id", "session_id", "dataset", "label", "partition", "fold", "target"]


def task_view(splits: pd.DataFrame, people: pd.DataFrame, task: Task) -> pd.DataFrame:
    """Return the splits of the participants of one task.

    Parameters
    ----------
    splits : DataFrame
        Splits of all participants, as from `draw_splits` or `listed_splits`.
    people : DataFrame
        As from `people_of`.
    task : Task
        Prediction task.

    Returns
    -------
    DataFrame
        `participant_id session_id dataset label partition fold target`: the label that puts the participant into a
        class, and the first visit with it; `target` is 1 for the positive class, the index of the class, or the
        predicted number.
    """
    rows = people if column_of(task) == "label" else narrowest(people)
    rows = rows.assign(target=targets(rows, task))[["participant_id", "session_id", "label", "target"]]
    # A class of MCI and stable MCI has two labels of a participant; the general one comes last, and first in time.
    rows = rows[rows["target"].notna()].drop_duplicates("participant_id", keep="last")
    found = rows.merge(splits[["participant_id", "dataset", "partition", "fold"]], on="participant_id")
    return whole_numbers(found[VIEW_COLUMNS].sort_values("participant_id", ignore_index=True))


def fold_view(view: pd.DataFrame, fold: int) -> pd.DataFrame:
    """Return the participants of a task with their part in one cross-validation fold.

    Parameters
    ----------
    view : DataFrame
        As from `task_view`.
    fold : int
        Fold whose participants validate.

    Returns
    -------
    DataFrame
        `participant_id session_id dataset label target split`; `split` is `train`, `validation`, `test` or `external`.
    """
    validates = (view["partition"] == "train") & (view["fold"].astype(str) == str(fold))
    rows = view.assign(split=view["partition"].mask(validates, "validation"))
    return rows.drop(columns=["partition", "fold"])


def training_visits(view: pd.DataFrame, visits: pd.DataFrame, task: Task) -> pd.DataFrame:
    """Return the visits of training participants that a model of the task may be trained on.

    A visit counts if it has a label of the class of the participant.

    Parameters
    ----------
    view : DataFrame
        As from `task_view`.
    visits : DataFrame
        Label and columns of the cohort sheet of every visit with an included scan; a row for each label of a visit.
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
    return whole_numbers(rows.assign(target=own)[keep][[*KEYS, "target"]].drop_duplicates(KEYS))


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
