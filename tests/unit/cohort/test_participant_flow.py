import pandas as pd

from adrepro.cohort.cohort_sheet import COLUMNS, KEYS
from adrepro.cohort.labels import label_cohort
from adrepro.cohort.participant_flow import participant_flow
from adrepro.cohort.study_labels import checked_lists, study_labels
from adrepro.config.settings.cohort import Task
from adrepro.core.tables import read_table, write_table
from small_cohort import EXCLUDED_PEOPLE, sheet
from subject_lists import listed_sheet, write_lists

TASKS = {"AD_vs_CN": Task(positive="AD", negative="CN")}


def run(folder, table, readable, included, labels, rates=None):
    tables = {"cohort": table, "readable": readable, "included": included, "labels": labels}
    tables |= {} if rates is None else {"rates": rates, "gone": rates.head(0).assign(step="", reason="")}
    for name, one in tables.items():
        write_table(folder / f"{name}.tsv", one)
    paths = [folder / f"{name}.tsv" for name in ("cohort", "readable", "included", "labels")]
    further = [[], []] if rates is None else [[folder / "rates.tsv"], [folder / "gone.tsv"]]
    participant_flow(*paths, *further, folder / "flow.tsv", folder / "left_out.tsv", TASKS)
    return read_table(folder / "flow.tsv"), read_table(folder / "left_out.tsv")


def test_the_flow_counts_participants_and_sessions_after_each_step(tmp_path):
    rows, readable = [], []
    for name, (diagnoses, states) in EXCLUDED_PEOPLE.items():
        for month, diagnosis, state in zip((0, 12), diagnoses, states, strict=True):
            session = f"ses-M{month:03}"
            t1w = "x.nii" if state else "n/a"
            rows.append((name, session, "A", "study", t1w, diagnosis, "n/a", "n/a", "n/a", "n/a", str(month)))
            fault = state in ("inspect", "preprocessing")
            if state:
                status = ("fault", state) if fault else ("ok", "")
                readable.append((name, session, f"{name}_{session}", *status, ""))
    table = pd.DataFrame(rows, columns=list(COLUMNS))
    scans = pd.DataFrame(readable, columns=[*KEYS, "scan", "status", "step", "reason"])
    passed = scans[(scans["status"] == "ok") & (scans["scan"] != "sub-3_ses-M000")]
    flow, left_out = run(tmp_path, table, scans, passed[[*KEYS, "scan"]], label_cohort(table, 36)[0])
    assert flow[["step", "participants", "sessions"]].to_numpy().tolist() == [
        ["in the sheet", "7", "14"],
        ["with a T1w scan", "7", "9"],
        ["readable", "6", "8"],
        ["preprocessed", "5", "7"],
        ["quality control passed", "5", "6"],
        ["baseline scan", "4", "4"],
        ["in a task", "2", "2"],
    ]
    assert left_out.to_numpy().tolist() == [
        ["sub-5", "n/a", "label", "the diagnosis at baseline, CN, does not hold: AD at month 12"]
    ]


def test_the_flow_follows_published_lists(tmp_path):
    table = listed_sheet((0, 12))
    scans = table[KEYS].assign(scan="x", status="ok", step="", reason="")
    labels, _ = study_labels(table, 36, checked_lists(write_lists(tmp_path / "lists"), TASKS, 2))
    flow, left_out = run(tmp_path, table, scans, scans[[*KEYS, "scan"]], labels)
    assert set(left_out["reason"]) == {"not in the published lists"} and len(left_out) == 12
    assert flow.set_index("step").loc["in a task", ["participants", "sessions"]].tolist() == ["10", "10"]


def test_participants_without_a_rate_of_change_are_left_out_if_they_are_in_a_task(tmp_path):
    table = sheet(2)
    scans = table[KEYS].assign(scan="x", status="ok", step="", reason="")
    rates = table.loc[(table["months"] == "0") & table["participant_id"].isin(["sub-AD0", "sub-CN0"]), KEYS]
    flow, left_out = run(tmp_path, table, scans, scans[[*KEYS, "scan"]], label_cohort(table, 36)[0], rates)
    assert left_out["participant_id"].tolist() == ["sub-AD1", "sub-CN1"] and set(left_out["step"]) == {"rate of change"}
    assert flow.iloc[-1][["step", "participants"]].tolist() == ["with a rate of change", "2"]
