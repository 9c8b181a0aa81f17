"""Included and excluded scans, and the participant flow."""

from pathlib import Path

import pandas as pd

from adrepro.cohort.cohort_sheet import KEYS, read_excluded, read_sheet
from adrepro.cohort.scan_paths import scan_folder, scans_of
from adrepro.cohort.study_labels import checked_lists, study_labels
from adrepro.cohort.study_participants import people_of
from adrepro.config.settings.cohort import Task
from adrepro.core import step
from adrepro.core.files import MISSING, read_json
from adrepro.core.tables import read_table, write_table


def select_included(
    cohort: Path,
    readable: Path,
    derivatives: Path,
    out: Path,
    excluded: Path,
    flow: Path,
    horizon_months: float,
    tasks: dict[str, Task],
    lists: list[Path],
    folds: int,
) -> None:
    """Write the scans that passed quality control, the excluded ones, and the participant flow (CONSORT).

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
    flow : Path
        TSV to write: `step participants sessions reason`, the numbers left after each step.
    horizon_months : float
        Follow-up after which MCI is stable, in months.
    tasks : dict of Task
        Prediction tasks by name.
    lists : list of Path
        Folder of published subject lists that replace the labels; empty without lists.
    folds : int
        Number of folds that the lists must have.
    """
    sheet, table = read_sheet(cohort), read_table(readable)
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
    labels, _ = study_labels(sheet, horizon_months, checked_lists(lists[0], tasks, folds) if lists else None)
    without = labels[~labels["participant_id"].isin(labels.loc[labels["reason"] == "", "participant_id"])]
    gone += [(p.participant_id, MISSING, "label", p.reason) for p in without.drop_duplicates(KEYS[0]).itertuples()]
    people = people_of(sheet, labels, passed, tasks, None)
    steps = [
        ("in the sheet", sheet, ""),
        ("with a T1w scan", scans_of(sheet), "visits without a scan are used for labels only"),
        ("readable", table[~table["step"].eq("inspect")], "see excluded.tsv"),
        ("preprocessed", good, "see excluded.tsv"),
        ("quality control passed", passed, "see excluded.tsv"),
        ("baseline scan", passed.merge(labels[KEYS].drop_duplicates()), "other scans are follow-up visits"),
        ("in a task", people[KEYS].drop_duplicates(), f"tasks {', '.join(tasks)}"),
    ]
    rows = [(name, part["participant_id"].nunique(), len(part), reason) for name, part, reason in steps]
    write_table(out, passed[[*KEYS, "scan"]])
    write_table(excluded, pd.DataFrame(gone, columns=[*KEYS, "step", "reason"]))
    write_table(flow, pd.DataFrame(rows, columns=["step", "participants", "sessions", "reason"]))


def _verdict_path(derivatives: Path, scan: str) -> Path:
    return derivatives / scan_folder(scan) / "anat" / f"{scan}_desc-qc_metrics.json"


if __name__ == "__main__":
    step.run(select_included)
