"""List excluded scans and count QC warnings, for the console."""

from pathlib import Path

from adrepro.core.files import MISSING
from adrepro.core.tables import read_table

FAULT_STEPS = ("inspect", "preprocessing", "quality")


def exclusions_by_fault(excluded: Path) -> list[str]:
    """Return a line for each scan that was excluded for a fault: unreadable, not preprocessed or failed QC.

    Parameters
    ----------
    excluded : Path
        `results/cohort/excluded.tsv`, with `participant_id session_id step reason`; it may be missing.
    """
    if not excluded.is_file():
        return []
    table = read_table(excluded)
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
