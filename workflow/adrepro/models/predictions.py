"""Tables of predictions and of training data, written by every approach."""

from collections.abc import Mapping
from pathlib import Path

import numpy as np
import pandas as pd

from adrepro.config.training_purposes import Purpose
from adrepro.core.tables import write_table

KEYS = ["task", "approach", "fold", "split", "dataset", "participant_id", "session_id"]
COLUMNS = [*KEYS, "label", "score", "score_kind", "prediction"]


def write_scores(
    path: Path, rows: pd.DataFrame, score: np.ndarray, kind: str, threshold: float, names: tuple[str, str, int]
) -> None:
    """Write the scores of validation, test and external participants.

    Parameters
    ----------
    path : Path
        TSV to write, with the columns `COLUMNS`; one row per scan outside the training part.
    rows : DataFrame
        Scans as `fold_rows` returns them.
    score : ndarray, shape (rows,)
        Scores, higher for the positive class; written with 6 decimals.
    kind : {"probability", "decision"}
        Kind of the scores: probability of the positive class, or decision value of an SVM.
    threshold : float
        Scores above it are predictions of the positive class.
    names : tuple of (str, str, int)
        Task, approach and fold.
    """
    task, approach, fold = names
    table = rows.assign(score=np.round(score, 6), score_kind=kind, task=task, approach=approach, fold=fold)
    table["prediction"] = (table["score"] > threshold).astype(int)
    table["label"] = table["target"]
    table = table[table["split"] != "train"].sort_values(["split", "dataset", "participant_id"])
    write_table(path, table[COLUMNS])


def write_training(path: Path, index: pd.DataFrame, uses: Mapping[Purpose, np.ndarray]) -> None:
    """Write which scans a model was fitted to, and for which purpose; the leakage checks read it.

    Parameters
    ----------
    path : Path
        TSV to write: `purpose participant_id session_id`, each scan once per purpose.
    index : DataFrame
        Table with `participant_id` and `session_id` of each scan.
    uses : mapping of Purpose to ndarray of int
        Positions in `index` of the scans used, by purpose. They are those of the arrays that were computed with, not of
        the planned split.
    """
    parts = [
        index.iloc[np.unique(at)][["participant_id", "session_id"]].assign(purpose=purpose)
        for purpose, at in uses.items()
    ]
    write_table(path, pd.concat(parts)[["purpose", "participant_id", "session_id"]])
