"""Features, linear kernel and covariates of the scans of a fold."""

from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import pandas as pd

from adrepro.cohort.cohort_sheet import KEYS, read_sheet
from adrepro.config.model_kinds import REGIONAL_KINDS
from adrepro.config.settings.approaches import ClassicalApproach
from adrepro.core.arrays import read_array
from adrepro.core.tables import read_table
from adrepro.features.regional_table import region_columns
from adrepro.models.fold_data import select


@dataclass(frozen=True)
class FeatureSet:
    """Gray matter of the scans of a fold, one row per scan: regional features, or the linear kernel of voxel maps.

    Attributes
    ----------
    features : ndarray, shape (scans, regions), or None
        Regional features; None for voxel maps.
    kernel : ndarray, shape (scans, scans), or None
        Linear kernel of the maps; None for regional features.
    covariates : DataFrame
        Columns of the cohort sheet, and `tiv_ml`, for confounds and ComBat.
    participants : ndarray of str, shape (scans,)
        Participant of each scan.
    names : list of str
        Names of the regions.
    maps : Path, optional
        Stacked maps (`.npy`) that the kernel was computed from.
    positions : ndarray of int, shape (scans,), optional
        Position of each scan in `maps`.
    """

    features: np.ndarray | None
    kernel: np.ndarray | None
    covariates: pd.DataFrame
    participants: np.ndarray
    names: list[str] = field(default_factory=list)
    maps: Path | None = None
    positions: np.ndarray | None = None


def read_inputs(
    features: Path,
    kernel: list[Path],
    regional: Path,
    cohort: list[Path],
    rows: pd.DataFrame,
    settings: ClassicalApproach,
) -> FeatureSet:
    """Read the features or the linear kernel of an approach, and the covariates.

    Parameters
    ----------
    features : Path
        Regional features (TSV), or stacked maps (`.npy`, template space) with their index beside them (`.tsv`).
    kernel : list of Path
        Linear kernel of the stacked maps (`.npy`), shape (scans, scans); empty for regional features.
    regional : Path
        TSV of regional volumes, of which `tiv_ml` (total intracranial volume, ml) is used.
    cohort : list of Path
        Cohort sheet (TSV), for covariates; empty for none but `tiv_ml`.
    rows : DataFrame
        Scans to read, as `fold_rows` returns them.
    settings : ClassicalApproach
        `kind` and `normalize_by_tiv` are used.

    Returns
    -------
    FeatureSet
        One row for each of `rows`.
    """
    volumes = read_table(regional)
    at = select(volumes, rows)
    covariates = rows[KEYS].assign(tiv_ml=volumes["tiv_ml"].to_numpy()[at])
    for path in cohort:
        covariates = covariates.merge(read_sheet(path), on=KEYS, how="left")
    tiv = covariates["tiv_ml"].astype(float).to_numpy()
    participants = rows["participant_id"].to_numpy()
    if settings.kind in REGIONAL_KINDS:
        table = read_table(features)
        columns = region_columns(table.columns)
        values = table[columns].astype(float).to_numpy()[select(table, rows)]
        values = values / tiv[:, None] if settings.normalize_by_tiv else values
        return FeatureSet(values, None, covariates, participants, columns)
    positions = select(read_table(features.with_suffix(".tsv")), rows)
    own = read_array(kernel[0])[np.ix_(positions, positions)]
    own = own / np.outer(tiv, tiv) if settings.normalize_by_tiv else own
    return FeatureSet(None, own, covariates, participants, [], features, positions)
