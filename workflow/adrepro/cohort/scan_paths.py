"""Names and paths of the scans of a cohort sheet."""

import os
from pathlib import Path

import pandas as pd

from adrepro.core.files import MISSING


def scan_name(participant_id: str, session_id: str) -> str:
    """Return the name of a scan in file names: `sub-01_ses-M00`, or `sub-01` without sessions.

    Parameters
    ----------
    participant_id, session_id : str
        Ids as in the cohort sheet; `n/a` without sessions.

    Returns
    -------
    str
    """
    return participant_id if session_id == MISSING else f"{participant_id}_{session_id}"


def scan_folder(scan: str) -> str:
    """Return the folder of a scan below the derivatives: `sub-01/ses-M00`, or `sub-01`.

    Parameters
    ----------
    scan : str
        Name of the scan, from `scan_name`.

    Returns
    -------
    str
    """
    return scan.replace("_", "/")


def scans_of(sheet: pd.DataFrame) -> pd.DataFrame:
    """Return the rows of a sheet that have a scan, with the name of the scan in a column `scan`.

    Parameters
    ----------
    sheet : DataFrame
        Cohort sheet.

    Returns
    -------
    DataFrame
        Copy with the column `scan`.
    """
    rows = sheet[sheet["t1w"] != MISSING].copy()
    rows["scan"] = [scan_name(p, s) for p, s in zip(rows["participant_id"], rows["session_id"], strict=True)]
    return rows


def find_mask(derivatives: Path, folder: str, scan: str) -> list[Path]:
    """Find the brain mask of a scan in a folder of BIDS derivatives.

    Parameters
    ----------
    derivatives : Path
        Folder of BIDS derivatives.
    folder : str
        Folder of the scan, as from `scan_folder`.
    scan : str
        Name of the scan.

    Returns
    -------
    list of Path
        Mask in native space; empty if there is none.
    """
    found = sorted((derivatives / folder / "anat").glob(f"{scan}*_desc-brain_mask.nii*"))
    return [path for path in found if "_space-" not in path.name or "_space-T1w_" in path.name][:1]


def locate(t1w: str, sheet_path: Path, repository: Path) -> Path:
    """Return the path of a scan of the sheet.

    Scans under the repository's `resources/` are simulated by the workflow, anew in each run: their paths are relative
    to the folder of the run.

    Parameters
    ----------
    t1w : str
        Cell of the sheet: an absolute path, or one relative to the sheet.
    sheet_path : Path
        Cohort sheet.
    repository : Path
        Folder of the repository.
    """
    path = Path(os.path.normpath(Path(sheet_path).absolute().parent / t1w))
    made = repository / "resources"
    return path.relative_to(repository) if path.is_relative_to(made) else path
