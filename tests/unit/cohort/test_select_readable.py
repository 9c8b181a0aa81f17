import pandas as pd

from adrepro.cohort.cohort_sheet import COLUMNS
from adrepro.cohort.select_readable import copied_scans, select_readable
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


def test_an_image_of_two_participants_is_told_before_preprocessing():
    scans = pd.DataFrame({"scan": ["a_1", "a_2", "b_1", "c_1", "d_1"], "participant_id": ["a", "a", "b", "c", "d"]})
    found = copied_scans(scans, {"a_1": "x", "a_2": "x", "b_1": "x", "c_1": "y", "d_1": None})
    assert set(found) == {"a_1", "a_2", "b_1"}
    assert found["a_2"].startswith("the same image as b_1, of another participant")
    assert found["b_1"].startswith("the same image as a_1, a_2, of another participant")


def test_of_equal_images_of_one_participant_the_first_counts():
    scans = pd.DataFrame({"scan": ["a_1", "a_2"], "participant_id": ["a", "a"]})
    assert copied_scans(scans, {"a_1": "x", "a_2": "x"}) == {"a_2": "the same image as a_1 of this participant"}
