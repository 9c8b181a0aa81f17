"""Scans that passed quality control, and excluded ones."""

from pathlib import Path

import pandas as pd

from adrepro.cohort.cohort_sheet import KEYS, read_excluded
from adrepro.cohort.scan_paths import scan_folder
from adrepro.core import step
from adrepro.core.files import read_json
from adrepro.core.tables import read_table, write_table


def select_included(
    cohort: Path,
    readable: Path,
    derivatives: Path,
    out: Path,
    excluded: Path,
) -> None:
    """Write the scans that passed quality control, and the excluded ones.

    Parameters
    ----------
    cohort, readable : Path
        Cohort sheet, and scans that can be preprocessed, with their faults (input).
    derivatives : Path
        Folder of the derivatives, with `*_desc-qc_metrics.json` of each readable scan (input).
    out : Path
        TSV to write: `participant_id session_id scan` of the included scans.
    excluded : Path
        TSV to write: `participant_id session_id step reason`.
    """
    table = read_table(readable)
    gone = [(participant, session, "cohort", reason) for participant, session, reason in read_excluded(cohort)]
    gone += [(r.participant_id, r.session_id, r.step, r.reason) for r in table.itertuples() if r.status != "ok"]
    good = table[table["status"] == "ok"]
    verdicts = {scan: read_json(_verdict_path(derivatives, scan)) for scan in good["scan"]}
    passed = good[good["scan"].isin([scan for scan, found in verdicts.items() if found["verdict"] == "pass"])]
    gone += [
        (r.participant_id, r.session_id, "quality", "; ".join(verdicts[r.scan]["reasons"]) + "; see its QC figure")
        for r in good.itertuples()
        if verdicts[r.scan]["verdict"] != "pass"
    ]
    write_table(out, passed[[*KEYS, "scan"]])
    write_table(excluded, pd.DataFrame(gone, columns=[*KEYS, "step", "reason"]))


def _verdict_path(derivatives: Path, scan: str) -> Path:
    return derivatives / scan_folder(scan) / "anat" / f"{scan}_desc-qc_metrics.json"


if __name__ == "__main__":
    step.run(select_included)
