"""The scans of a task in one fold, and the packed images that hold them."""

import hashlib
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from adrepro.core.files import read_array, read_table
from adrepro.models.predictions import fold_rows, learnt_targets, select


@dataclass(frozen=True)
class Fold:
    """Rows as `fold_rows` gives them, what a model is told of each, and where the image of each is.

    `index` names the scans of `volumes` (scans, X, Y, Z); `positions` and `target` have one entry per row.
    """

    rows: pd.DataFrame
    target: np.ndarray
    index: pd.DataFrame
    positions: np.ndarray
    volumes: np.ndarray

    def part(self, name: str) -> np.ndarray:
        """Row numbers of `train`, `validation`, `test` or `external`."""
        return np.flatnonzero(self.rows["split"] == name)

    def identity(self) -> list:
        """What decides a training on these scans: who they are, on which side, with which label and which voxels."""
        chosen = self.part("train").tolist() + self.part("validation").tolist()
        voxels = hashlib.sha256(np.ascontiguousarray(self.volumes[self.positions[chosen], ::6, ::6, ::6]).tobytes())
        rows = self.rows.iloc[chosen][["participant_id", "session_id", "split"]]
        return [rows.to_numpy().tolist(), self.target[chosen].tolist(), list(self.volumes.shape), voxels.hexdigest()]


def read_fold(
    volumes: Path, index: Path, split: Path, visits: Path, labels: Path, fold: int, settings: dict, seed: int
) -> Fold:
    """Read one fold; `settings` holds `training_data` and `permute_labels`."""
    rows, table = fold_rows(split, visits, labels, fold, settings["training_data"]), read_table(index)
    target = learnt_targets(rows, settings["permute_labels"], seed)
    return Fold(rows, target, table, select(table, rows), read_array(volumes))
