"""Scans of a task in one cross-validation fold, and their images."""

import hashlib
import zlib
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from adrepro.config.settings.approaches import CnnInput
from adrepro.core.arrays import read_array
from adrepro.core.tables import read_table


@dataclass(frozen=True)
class Fold:
    """Scans of a task in one fold, with their targets and images.

    Attributes
    ----------
    rows : DataFrame
        One row per scan, with the columns of `fold_rows`.
    target : ndarray of int, shape (rows,)
        Class (0 or 1) that a model learns for each row, see `training_targets`.
    index : DataFrame
        `participant_id` and `session_id` of each image in `volumes`.
    positions : ndarray of int, shape (rows,)
        Position of the image of each row in `volumes`.
    volumes : ndarray, shape (scans, X, Y, Z)
        Stacked images on the study grid (template space), mapped from the disk.
    """

    rows: pd.DataFrame
    target: np.ndarray
    index: pd.DataFrame
    positions: np.ndarray
    volumes: np.ndarray

    def part(self, name: str) -> np.ndarray:
        """Return the row numbers of `train`, `validation`, `test` or `external`.

        Parameters
        ----------
        name : str
            Split.

        Returns
        -------
        ndarray of int
        """
        return np.flatnonzero(self.rows["split"] == name)

    def identity(self) -> list[object]:
        """Return ids, split, targets and voxels (every 6th, as a hash) of the training and validation scans.

        Together with the settings they determine the trained weights (see `checkpoint.fingerprint`).
        """
        chosen = self.part("train").tolist() + self.part("validation").tolist()
        voxels = hashlib.sha256(np.ascontiguousarray(self.volumes[self.positions[chosen], ::6, ::6, ::6]).tobytes())
        rows = self.rows.iloc[chosen][["participant_id", "session_id", "split"]]
        return [rows.to_numpy().tolist(), self.target[chosen].tolist(), list(self.volumes.shape), voxels.hexdigest()]


def read_fold(volumes: Path, index: Path, split: Path, visits: list[Path], settings: CnnInput, seed: int) -> Fold:
    """Read the scans, targets and images of one fold.

    Parameters
    ----------
    volumes : Path
        Stacked images (`.npy`), shape (scans, X, Y, Z), template space.
    index : Path
        TSV with `participant_id` and `session_id` of each image in `volumes`.
    split : Path
        TSV of task and fold, see `fold_rows`.
    visits : list of Path
        TSV of the visits to train on, for longitudinal training data; else empty.
    settings : CnnInput
        Settings of a CNN or autoencoder; `permute_labels` is used.
    seed : int
        Seed of the permutation of labels.

    Returns
    -------
    Fold
        Rows of all splits; images stay on the disk.
    """
    rows, table = fold_rows(split, visits), read_table(index)
    target = training_targets(rows, settings.permute_labels, seed)
    return Fold(rows, target, table, select(table, rows), read_array(volumes))


def fold_seed(seed: int, task: str, approach: str, fold: int) -> int:
    """Return the seed of one fold model.

    Parameters
    ----------
    seed : int
        Seed of the study.
    task, approach : str
        Names of the task and the approach; the seed is different for each.
    fold : int
        Number of the fold.

    Returns
    -------
    int
        `seed` plus a number below 2**20 that depends on the other parameters alone.
    """
    return seed + zlib.crc32(f"{task}/{approach}/{fold}".encode()) % 2**20


def fold_rows(split: Path, visits: list[Path] | None = None) -> pd.DataFrame:
    """Return the scans of a task in one fold.

    Parameters
    ----------
    split : Path
        TSV of task and fold: `participant_id session_id dataset label target split`, with the baseline visit of each
        participant.
    visits : list of Path, optional
        One TSV with all visits of the training participants: `participant_id session_id target`. Without it they have
        their baseline visit alone, as validation, test and external participants always do.

    Returns
    -------
    DataFrame
        Columns `participant_id dataset label target session_id split`, among others, sorted by participant and
        session; `split` is `train`, `validation`, `test` or `external`.
    """
    rows = read_table(split)
    rows["target"] = rows["target"].astype(int)
    if visits:
        training, others = rows[rows["split"] == "train"], rows[rows["split"] != "train"]
        every = read_table(visits[0]).drop(columns="target")
        rows = pd.concat([training.drop(columns="session_id").merge(every, on="participant_id"), others])
    return rows.sort_values(["participant_id", "session_id"], ignore_index=True)


def training_targets(rows: pd.DataFrame, permuted: bool, seed: int) -> np.ndarray:
    """Return the targets that a model is fitted to: the true ones, or permuted ones as a negative control.

    Parameters
    ----------
    rows : DataFrame
        Scans as `fold_rows` returns them.
    permuted : bool
        If true, permute the targets among the training and validation participants of the fold; scans of one
        participant keep a common target. Test and external targets are never permuted, so that test performance must
        be at chance.
    seed : int
        Seed of the permutation.

    Returns
    -------
    ndarray of int, shape (rows,)
        0 or 1 for each row.
    """
    target = rows["target"].to_numpy()
    if not permuted:
        return target
    own = rows[rows["split"].isin(["train", "validation"])].drop_duplicates("participant_id")
    shuffled = np.random.default_rng(seed).permutation(own["target"].to_numpy())
    target_of = dict(zip(own["participant_id"], shuffled, strict=True))
    return np.array([target_of.get(p, t) for p, t in zip(rows["participant_id"], target, strict=True)])


def select(index: pd.DataFrame, rows: pd.DataFrame) -> np.ndarray:
    """Return the position of each scan of `rows` in `index`.

    Parameters
    ----------
    index, rows : DataFrame
        Tables with `participant_id` and `session_id`; every scan of `rows` must be in `index`.

    Returns
    -------
    ndarray of int, shape (rows,)
        Row numbers of `index`.
    """
    position = {key: i for i, key in enumerate(zip(index["participant_id"], index["session_id"], strict=True))}
    return np.array([position[key] for key in zip(rows["participant_id"], rows["session_id"], strict=True)])
