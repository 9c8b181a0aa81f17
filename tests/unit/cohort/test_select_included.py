import pandas as pd
import pytest

from adrepro.cohort.cohort_sheet import COLUMNS, KEYS
from adrepro.cohort.select_included import select_included
from adrepro.config.settings.cohort import Task
from adrepro.core.files import write_json
from adrepro.core.tables import read_table, write_table
from subject_lists import listed_sheet, write_lists

TASKS = {"AD_vs_CN": Task(positive="AD", negative="CN")}
# Diagnoses at months 0 and 12, and the status of both scans; an empty one for a visit without a scan.
PEOPLE = {
    "sub-1": (("CN", "CN"), ("pass", "pass")),
    "sub-2": (("AD", "AD"), ("pass", "")),
    "sub-3": (("AD", "AD"), ("fail", "pass")),
    "sub-4": (("MCI", "MCI"), ("pass", "")),  # in no task
    "sub-5": (("CN", "AD"), ("pass", "")),  # without a label
    "sub-6": (("CN", "CN"), ("inspect", "")),
    "sub-7": (("CN", "CN"), ("preprocessing", "")),
}


@pytest.fixture
def tables(tmp_path):
    sheet, readable = [], []
    for name, (diagnoses, states) in PEOPLE.items():
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
    out, excluded, flow = (tmp_path / f"{name}.tsv" for name in ("included", "excluded", "flow"))
    sources = (tmp_path / "cohort.tsv", tmp_path / "readable.tsv", tmp_path / "derivatives")
    select_included(*sources, out, excluded, flow, 36, TASKS, [], 2)
    return [read_table(path) for path in (out, excluded, flow)]


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
        ["sub-5", "n/a", "label", "the diagnosis at baseline, CN, does not hold: AD at month 12"],
    ]


def test_the_flow_counts_participants_and_sessions_after_each_step(tables):
    assert tables[2][["step", "participants", "sessions"]].to_numpy().tolist() == [
        ["in the sheet", "7", "14"],
        ["with a T1w scan", "7", "9"],
        ["readable", "6", "8"],
        ["preprocessed", "5", "7"],
        ["quality control passed", "5", "6"],
        ["baseline scan", "4", "4"],
        ["in a task", "2", "2"],
    ]


def test_the_flow_and_the_exclusions_follow_published_lists(tmp_path):
    sheet = listed_sheet((0, 12))
    write_table(tmp_path / "cohort.tsv", sheet)
    rows = [(p, s, f"{p}_{s}", "ok", "", "") for p, s in sheet[KEYS].itertuples(index=False)]
    write_table(tmp_path / "readable.tsv", pd.DataFrame(rows, columns=[*KEYS, "scan", "status", "step", "reason"]))
    for participant, session, scan, *_ in rows:
        path = tmp_path / "derivatives" / participant / session / "anat" / f"{scan}_desc-qc_metrics.json"
        write_json(path, {"verdict": "pass", "reasons": []})
    out, excluded, flow = (tmp_path / f"{name}.tsv" for name in ("included", "excluded", "flow"))
    select_included(
        tmp_path / "cohort.tsv", tmp_path / "readable.tsv", tmp_path / "derivatives", out, excluded, flow, 36, TASKS,
        [write_lists(tmp_path / "lists")], 2,
    )  # fmt: skip
    gone = read_table(excluded)
    assert set(gone["reason"]) == {"not in the published lists"} and len(gone) == 12
    steps = read_table(flow).set_index("step")
    assert steps.loc["in a task", ["participants", "sessions"]].tolist() == ["10", "10"]
