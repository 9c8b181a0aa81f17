"""Scans that can be preprocessed."""

from collections.abc import Mapping
from pathlib import Path

import pandas as pd

from adrepro.cohort.cohort_sheet import KEYS, read_sheet
from adrepro.cohort.scan_paths import scans_of
from adrepro.core import step
from adrepro.core.files import read_json
from adrepro.core.tables import write_table


def copied_scans(scans: pd.DataFrame, contents: Mapping[str, str | None]) -> dict[str, str]:
    """Return the reason why a scan does not count, for each scan with the voxels of another one.

    Parameters
    ----------
    scans : DataFrame
        Scans of the sheet: `participant_id scan`.
    contents : mapping of str to str
        Hash of the voxels by scan; None for a scan that could not be read.
    """
    table = scans[["participant_id", "scan"]].assign(content=scans["scan"].map(contents)).dropna()
    found = {}
    for _, same in table[table["content"].duplicated(keep=False)].groupby("content"):
        several = same["participant_id"].nunique() > 1
        first = same["scan"].iloc[0]
        for name, participant in zip(same["scan"], same["participant_id"], strict=True):
            others = same.loc[same["participant_id"] != participant, "scan"]
            if several:
                found[name] = (
                    f"the same image as {', '.join(others)}, of another participant; correct the dataset, or remove "
                    "the rows from the sheet"
                )
            elif name != first:
                found[name] = f"the same image as {first} of this participant"
    return found


def select_readable(cohort: Path, inspected: Path, faults: Path, out: Path) -> None:
    """Write the status of every scan: whether it can be preprocessed, or the step and the reason of its fault.

    An image that two participants have, whatever its header, axes or compression, belongs to at most one of them: both
    scans are faulty. Of equal images of one participant the first counts.

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
    rows, scans = [], scans_of(read_sheet(cohort))
    verdicts = {name: read_json(inspected / f"{name}.json") for name in scans["scan"]}
    copies = copied_scans(scans, {name: verdict.get("content") for name, verdict in verdicts.items()})
    for scan in scans.itertuples():
        verdict = verdicts[scan.scan]
        late = faults / f"{scan.scan}.json"
        reason, failed = verdict.get("reason", ""), "inspect" if verdict["status"] != "ok" else ""
        if not failed and scan.scan in copies:
            failed, reason = "inspect", copies[scan.scan]
        if not failed and late.exists():
            fault = read_json(late)
            failed, reason = "preprocessing", f"{fault['step']}: {fault['reason']}"
        rows.append((scan.participant_id, scan.session_id, scan.scan, "fault" if failed else "ok", failed, reason))
    write_table(out, pd.DataFrame(rows, columns=[*KEYS, "scan", "status", "step", "reason"]))


if __name__ == "__main__":
    step.run(select_readable)
