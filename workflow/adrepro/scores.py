"""The table that every approach writes and `compare` reads."""

from pathlib import Path

import numpy as np
import pandas as pd

from .files import read_table, write_table

KEYS = ["task", "approach", "fold", "split", "dataset", "participant_id", "session_id"]
COLUMNS = [*KEYS, "label", "score", "score_kind", "prediction"]


def fold_rows(split: Path, visits: Path, labels: Path, fold: int, training_data: str) -> pd.DataFrame:
    """The scans of a task with their part in one fold.

    Returns `participant_id dataset label target session_id split`; `split` is `train`, `validation`, `test` or
    `external`, and `session_id` the baseline visit. With `training_data` `longitudinal`, training participants come
    with all their `visits`; everybody else is judged at baseline all the same.
    """
    rows = read_table(split).merge(read_table(labels)[["participant_id", "session_id"]], on="participant_id")
    rows["target"] = rows["target"].astype(int)
    validates = (rows["partition"] == "train") & (rows["fold"] == str(fold))
    rows["split"] = np.where(validates, "validation", rows["partition"])
    if training_data == "longitudinal":
        learnt, judged = rows[rows["split"] == "train"], rows[rows["split"] != "train"]
        every = read_table(visits).drop(columns="target")
        rows = pd.concat([learnt.drop(columns="session_id").merge(every, on="participant_id"), judged])
    return rows.sort_values(["participant_id", "session_id"], ignore_index=True)


def write_scores(
    path: Path, rows: pd.DataFrame, score: np.ndarray, kind: str, threshold: float, names: tuple[str, str, int]
) -> None:
    """Write the scores of everybody outside the training part; `names` is task, approach and fold."""
    task, approach, fold = names
    table = rows.assign(score=np.round(score, 6), score_kind=kind, task=task, approach=approach, fold=fold)
    table["prediction"] = (table["score"] > threshold).astype(int)
    table["label"] = table["target"]
    table = table[table["split"] != "train"].sort_values(["split", "dataset", "participant_id"])
    write_table(path, table[COLUMNS])


def write_training(path: Path, index: pd.DataFrame, uses: dict[str, np.ndarray]) -> None:
    """Write which scans a model used, and for what: `purpose participant_id session_id`, for the leak certificate.

    `uses` holds, per purpose, the positions in `index` of the scans that the arithmetic was really given.
    """
    parts = [
        index.iloc[np.unique(at)][["participant_id", "session_id"]].assign(purpose=why) for why, at in uses.items()
    ]
    write_table(path, pd.concat(parts)[["purpose", "participant_id", "session_id"]])


def select(index: pd.DataFrame, rows: pd.DataFrame) -> np.ndarray:
    """Positions in `index` (a table with `participant_id session_id`) of the scans that `rows` names."""
    position = {key: i for i, key in enumerate(zip(index["participant_id"], index["session_id"], strict=True))}
    return np.array([position[key] for key in zip(rows["participant_id"], rows["session_id"], strict=True)])
