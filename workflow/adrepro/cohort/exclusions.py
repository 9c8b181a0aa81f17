"""Who stays in the study: collects the verdicts on scans, and tells how many were left at each step."""

from pathlib import Path

import numpy as np
import pandas as pd

from adrepro.cohort.cohort_sheet import read_excluded, read_sheet, scan_folder, scans_of
from adrepro.cohort.labels import label_cohort
from adrepro.config.tasks import targets
from adrepro.core import step
from adrepro.core.files import MISSING, read_json, read_table, write_table

KEYS = ["participant_id", "session_id"]
FAULT_STEPS = ("inspect", "preprocessing", "quality")


def usable(cohort: Path, inspected: Path, faults: Path, out: Path) -> None:
    """Write the scans that can be preprocessed; the rest with the step and the reason.

    `inspected` holds a verdict per scan, `faults` those that later steps found in an earlier run.
    """
    rows = []
    for scan in scans_of(read_sheet(cohort)).itertuples():
        verdict = read_json(inspected / f"{scan.scan}.json")
        late = faults / f"{scan.scan}.json"
        reason, where = verdict.get("reason", ""), "inspect" if verdict["status"] != "ok" else ""
        if not where and late.exists():
            fault = read_json(late)
            where, reason = "preprocessing", f"{fault['step']}: {fault['reason']}"
        rows.append((scan.participant_id, scan.session_id, scan.scan, "fault" if where else "ok", where, reason))
    write_table(out, pd.DataFrame(rows, columns=[*KEYS, "scan", "status", "step", "reason"]))


def accepted(
    cohort: Path,
    usable: Path,
    derivatives: Path,
    out: Path,
    excluded: Path,
    flow: Path,
    horizon_months: float,
    tasks: dict,
) -> None:
    """Write the scans that passed quality control, everyone who was left out and why, and the participant flow."""
    sheet, table = read_sheet(cohort), read_table(usable)
    gone = [(participant, session, "cohort", reason) for participant, session, reason in read_excluded(cohort)]
    gone += [(r.participant_id, r.session_id, r.step, r.reason) for r in table.itertuples() if r.status != "ok"]
    good = table[table["status"] == "ok"]
    verdicts = {scan: read_json(_verdict_path(derivatives, scan)) for scan in good["scan"]}
    passed = good[good["scan"].isin([scan for scan, found in verdicts.items() if found["verdict"] == "pass"])]
    gone += [
        (r.participant_id, r.session_id, "quality", "; ".join(verdicts[r.scan]["reasons"]) + "; look at its picture")
        for r in good.itertuples()
        if verdicts[r.scan]["verdict"] != "pass"
    ]
    people, _ = label_cohort(sheet, horizon_months)
    gone += [(p.participant_id, MISSING, "label", p.reason) for p in people[people["reason"] != ""].itertuples()]
    baseline = passed.merge(people, on=KEYS).merge(sheet.drop(columns=["dataset", "role"]), on=KEYS)
    in_a_task = np.any([targets(baseline, task).notna() for task in tasks.values()], axis=0)
    steps = [
        ("in the sheet", sheet, ""),
        ("with a T1w scan", scans_of(sheet), "visits without a scan serve labels only"),
        ("readable", table[~table["step"].eq("inspect")], "see excluded.tsv"),
        ("preprocessed", good, "see excluded.tsv"),
        ("quality control passed", passed, "see excluded.tsv"),
        ("baseline scan", baseline, "other scans are follow-up visits"),
        ("in a task", baseline[in_a_task], f"tasks {', '.join(tasks)}"),
    ]
    rows = [(name, part["participant_id"].nunique(), len(part), reason) for name, part, reason in steps]
    write_table(out, passed[[*KEYS, "scan"]])
    write_table(excluded, pd.DataFrame(gone, columns=[*KEYS, "step", "reason"]))
    write_table(flow, pd.DataFrame(rows, columns=["step", "participants", "sessions", "reason"]))


def _verdict_path(derivatives: Path, scan: str) -> Path:
    return derivatives / scan_folder(scan) / "anat" / f"{scan}_desc-quality_check.json"


def exclusions_by_fault(excluded: Path) -> list[str]:
    """One line for each scan that was left out because something is wrong with it."""
    if not excluded.is_file():
        return []
    table = read_table(excluded)
    rows = table[table["step"].isin(FAULT_STEPS)]
    return [
        f"{r.participant_id}{'' if r.session_id == MISSING else ' ' + r.session_id} {r.reason} ({r.step})"
        for r in rows.itertuples()
    ]


def warnings(cohort: Path) -> int:
    """How many scans the gallery asks to look at; `cohort` is the folder of its table."""
    path = cohort / "quality.tsv"
    return int((read_table(path)["verdict"] == "warn").sum()) if path.is_file() else 0


if __name__ == "__main__":
    import sys

    step.run({"usable": usable, "accepted": accepted}[sys.argv.pop(1)])
