"""Scans to predict, and the folder of their predictions."""

import hashlib
from collections.abc import Mapping
from pathlib import Path

import pandas as pd

from adrepro.cohort.bids.bids_index import ANY
from adrepro.cohort.bids.dataset_index import Dataset, index_dataset
from adrepro.cohort.bids.scan_sheet import scan_sheet
from adrepro.cohort.cohort_sheet import COLUMNS, KEYS
from adrepro.cohort.tables.clinical_presets import CLINICAL, PRESETS
from adrepro.core.errors import UserError, raise_if_any
from adrepro.core.files import MISSING, read_json, write_json

PREDICTIONS = "predictions.tsv"


def claim(out: Path, source: Path) -> None:
    """Mark a folder as that of predictions of some scans, so that no other files are overwritten.

    Their preprocessed scans serve further models.

    Parameters
    ----------
    out : Path
        Folder to write; created if it does not exist.
    source : Path
        Dataset or sheet of the scans.

    Raises
    ------
    UserError
        If the folder holds files of a study, the work on other scans, or finished predictions.
    """
    marker, predictions = out / "prediction.json", out / PREDICTIONS
    # Not the path itself, which would be told wherever the folder is shared.
    identity = {"scans": hashlib.sha256(str(source.resolve()).encode()).hexdigest()}
    if predictions.exists():
        raise UserError(f"{predictions}: exists and is not overwritten; rename it, or choose another --out")
    if not marker.exists() and out.exists() and any(out.iterdir()):
        raise UserError(f"{out}: holds other files, which a prediction could change; choose a new --out")
    if marker.exists() and read_json(marker) != identity:
        raise UserError(f"{out}: holds the work on other scans; choose a new --out")
    write_json(marker, identity)


def prediction_sheet(bids: Path, entities: Mapping[str, str] = ANY) -> tuple[pd.DataFrame, list[tuple[str, str, str]]]:
    """Return a sheet of all scans of a dataset, with the clinical values that its tables have, and what is left out.

    Parameters
    ----------
    bids : Path
        BIDS dataset, with or without `participants.tsv`.
    entities : mapping of str to str
        Entities that the names of images must hold.

    Returns
    -------
    sheet : DataFrame
        Cohort sheet with absolute paths.
    ignored : list of tuple
        Participant, session and reason.

    Raises
    ------
    UserError
        If there is no scan, or a table of the dataset cannot be read.
    """
    sheet, ignored = scan_sheet(bids, [], [], entities)
    sheet["role"] = "external"
    if (bids / "participants.tsv").exists():
        found = index_dataset(Dataset(bids, sheet["dataset"].iloc[0], "external", PRESETS["generic"]), bids, [], [])
        raise_if_any(found.problems, str(bids))
        known = pd.DataFrame(found.rows, columns=list(COLUMNS))[[*KEYS, *CLINICAL, "months"]]
        scans = sheet.drop(columns=[*CLINICAL, "months"])
        sheet = scans.merge(known, on=KEYS, how="left").fillna(MISSING)[list(COLUMNS)]
    return sheet, ignored
