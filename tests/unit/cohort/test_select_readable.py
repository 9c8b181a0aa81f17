import pandas as pd

from adrepro.cohort.cohort_sheet import COLUMNS
from adrepro.cohort.select_readable import select_readable
from adrepro.core.files import write_json
from adrepro.core.tables import read_table, write_table


def test_every_scan_has_a_status_and_faults_their_step_and_reason(tmp_path):
    scans = {"sub-1": "n/a", "sub-2": "ses-M000", "sub-3": "n/a", "sub-4": "n/a"}
    rows = [
        (name, session, "A", "study", "n/a" if name == "sub-4" else "x.nii", "CN", *["n/a"] * 5)
        for name, session in scans.items()
    ]
    write_table(tmp_path / "cohort.tsv", pd.DataFrame(rows, columns=list(COLUMNS)))
    write_json(tmp_path / "inspected/sub-1.json", {"status": "ok"})
    write_json(tmp_path / "inspected/sub-2_ses-M000.json", {"status": "fault", "reason": "is empty"})
    write_json(tmp_path / "inspected/sub-3.json", {"status": "ok"})
    write_json(tmp_path / "failed/sub-3.json", {"step": "align", "reason": "no head"})
    write_json(tmp_path / "failed/sub-2_ses-M000.json", {"step": "align", "reason": "of another file"})
    select_readable(tmp_path / "cohort.tsv", tmp_path / "inspected", tmp_path / "failed", tmp_path / "out.tsv")
    assert read_table(tmp_path / "out.tsv").to_numpy().tolist() == [
        ["sub-1", "n/a", "sub-1", "ok", "", ""],
        ["sub-2", "ses-M000", "sub-2_ses-M000", "fault", "inspect", "is empty"],
        ["sub-3", "n/a", "sub-3", "fault", "preprocessing", "align: no head"],
    ]
