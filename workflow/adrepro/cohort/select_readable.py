"""Scans that can be preprocessed."""

from pathlib import Path

import pandas as pd

from adrepro.cohort.cohort_sheet import KEYS, read_sheet
from adrepro.cohort.scan_paths import scans_of
from adrepro.core import step
from adrepro.core.files import read_json
from adrepro.core.tables import write_table


def select_readable(cohort: Path, inspected: Path, faults: Path, out: Path) -> None:
    """Write the status of every scan: whether it can be preprocessed, or the step and the reason of its fault.

    Parameters
    ----------
    cohort : Path
        Cohort sheet (input).
    inspected : Path
        Folder with a JSON of each scan from the input check: `status` (`ok` or a fault) and `reason` (input).
    faults : Path
        Folder with a JSON `step reason` of each scan that failed in a later step of an earlier run (input).
    out : Path
        TSV to write: `participant_id session_id scan status step reason`, with the status `ok` or `fault`.
    """
    rows = []
    for scan in scans_of(read_sheet(cohort)).itertuples():
        verdict = read_json(inspected / f"{scan.scan}.json")
        late = faults / f"{scan.scan}.json"
        reason, failed = verdict.get("reason", ""), "inspect" if verdict["status"] != "ok" else ""
        if not failed and late.exists():
            fault = read_json(late)
            failed, reason = "preprocessing", f"{fault['step']}: {fault['reason']}"
        rows.append((scan.participant_id, scan.session_id, scan.scan, "fault" if failed else "ok", failed, reason))
    write_table(out, pd.DataFrame(rows, columns=[*KEYS, "scan", "status", "step", "reason"]))


if __name__ == "__main__":
    step.run(select_readable)
