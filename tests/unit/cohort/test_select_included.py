import pandas as pd
import pytest

from adrepro.cohort.cohort_sheet import COLUMNS, KEYS
from adrepro.cohort.select_included import select_included
from adrepro.core.files import write_json
from adrepro.core.tables import read_table, write_table
from small_cohort import EXCLUDED_PEOPLE


@pytest.fixture
def tables(tmp_path):
    sheet, readable = [], []
    for name, (diagnoses, states) in EXCLUDED_PEOPLE.items():
        for month, diagnosis, state in zip((0, 12), diagnoses, states, strict=True):
            session = f"ses-M{month:03}"
            t1w = "x.nii" if state else "n/a"
            sheet.append((name, session, "A", "study", t1w, diagnosis, "n/a", "n/a", "n/a", "n/a", str(month)))
            if not state:
                continue
            fault = state in ("inspect", "preprocessing")
            reason = "is cut" if fault else ""
            scan = f"{name}_{session}"
            readable.append((name, session, scan, "fault" if fault else "ok", state if fault else "", reason))
            if not fault:
                path = tmp_path / "derivatives" / name / session / "anat" / f"{scan}_desc-qc_metrics.json"
                write_json(path, {"verdict": state, "reasons": ["tiv_ml 100"] if state == "fail" else []})
    write_table(tmp_path / "cohort.tsv", pd.DataFrame(sheet, columns=list(COLUMNS)))
    (tmp_path / "cohort_excluded.tsv").write_text("participant_id\tsession_id\treason\nsub-9\tn/a\tno image\n")
    write_table(tmp_path / "readable.tsv", pd.DataFrame(readable, columns=[*KEYS, "scan", "status", "step", "reason"]))
    out, excluded = tmp_path / "included.tsv", tmp_path / "excluded.tsv"
    select_included(tmp_path / "cohort.tsv", tmp_path / "readable.tsv", tmp_path / "derivatives", out, excluded)
    return [read_table(path) for path in (out, excluded)]


def test_scans_that_passed_are_included(tables):
    assert tables[0]["scan"].tolist() == [
        "sub-1_ses-M000", "sub-1_ses-M012", "sub-2_ses-M000", "sub-3_ses-M012", "sub-4_ses-M000", "sub-5_ses-M000",
    ]  # fmt: skip


def test_exclusions_have_their_step_and_reason(tables):
    assert tables[1].to_numpy().tolist() == [
        ["sub-9", "n/a", "cohort", "no image"],
        ["sub-6", "ses-M000", "inspect", "is cut"],
        ["sub-7", "ses-M000", "preprocessing", "is cut"],
        ["sub-3", "ses-M000", "quality", "tiv_ml 100; see its QC figure"],
    ]
