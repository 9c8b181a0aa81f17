"""List excluded scans and count QC warnings, for the console."""

from pathlib import Path

import pandas as pd

from adrepro.core.files import MISSING
from adrepro.core.tables import read_table

FAULT_STEPS = ("inspect", "preprocessing", "quality", "within_person")


def exclusions_by_fault(*tables: Path) -> list[str]:
    """Return a line for each scan excluded for a fault: unreadable, not preprocessed, failed QC, of someone else.

    Parameters
    ----------
    *tables : Path
        `results/cohort/excluded.tsv` and `results/cohort/left_out.tsv`, with `participant_id session_id step reason`;
        they may be missing.
    """
    found = [read_table(path) for path in tables if path.is_file()]
    if not found:
        return []
    table = pd.concat(found)
    rows = table[table["step"].isin(FAULT_STEPS)]
    return [
        f"{r.participant_id}{'' if r.session_id == MISSING else ' ' + r.session_id} {r.reason} ({r.step})"
        for r in rows.itertuples()
    ]


def count_warnings(cohort: Path) -> int:
    """Return the number of scans with a QC warning.

    Parameters
    ----------
    cohort : Path
        Folder with `quality.tsv`, which may be missing.
    """
    path = cohort / "quality.tsv"
    return int((read_table(path)["verdict"] == "warn").sum()) if path.is_file() else 0
