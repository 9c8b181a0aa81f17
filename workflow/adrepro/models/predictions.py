"""The table that every approach writes and `compare` reads."""

import zlib
from pathlib import Path

import numpy as np
import pandas as pd

from adrepro.core.files import read_table, write_table

KEYS = ["task", "approach", "fold", "split", "dataset", "participant_id", "session_id"]
COLUMNS = [*KEYS, "label", "score", "score_kind", "prediction"]


def fold_seed(seed: int, task: str, approach: str, fold: int) -> int:
    """A seed for one model of the study."""
    return seed + zlib.crc32(f"{task}/{approach}/{fold}".encode()) % 2**20


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


def learnt_targets(rows: pd.DataFrame, permuted: bool, seed: int) -> np.ndarray:
    """What a model is told of each row (see `fold_rows`): its target, or a negative control.

    `permuted` deals the targets of the fold's training and validation participants anew among them: what is learnt from
    those must fail on the test set, whose targets stay as they are.
    """
    target = rows["target"].to_numpy()
    if not permuted:
        return target
    own = rows[rows["split"].isin(["train", "validation"])].drop_duplicates("participant_id")
    dealt = np.random.default_rng(seed).permutation(own["target"].to_numpy())
    told = dict(zip(own["participant_id"], dealt, strict=True))
    return np.array([told.get(p, t) for p, t in zip(rows["participant_id"], target, strict=True)])


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
