import pandas as pd

from adrepro.cohort.exclusions import count_warnings, exclusions_by_fault
from adrepro.core.tables import write_table


def test_scans_with_a_fault_are_listed_and_other_exclusions_are_not(tmp_path):
    rows = [
        ("sub-1", "ses-M000", "inspect", "a.nii: is empty"),
        ("sub-2", "n/a", "quality", "tiv_ml 100"),
        ("sub-3", "n/a", "preprocessing", "align: no head"),
        ("sub-4", "n/a", "label", "no diagnosis at any visit"),
        ("sub-5", "n/a", "cohort", "no T1w image in the dataset"),
    ]
    path = tmp_path / "excluded.tsv"
    write_table(path, pd.DataFrame(rows, columns=["participant_id", "session_id", "step", "reason"]))
    assert exclusions_by_fault(path) == [
        "sub-1 ses-M000 a.nii: is empty (inspect)",
        "sub-2 tiv_ml 100 (quality)",
        "sub-3 align: no head (preprocessing)",
    ]


def test_a_visit_of_someone_else_is_a_fault_and_a_participant_without_a_rate_is_none(tmp_path):
    rows = [("sub-1", "ses-B", "within_person", "may show someone else"), ("sub-1", "ses-A", "rate of change", "x")]
    write_table(tmp_path / "a.tsv", pd.DataFrame(rows, columns=["participant_id", "session_id", "step", "reason"]))
    found = exclusions_by_fault(tmp_path / "missing.tsv", tmp_path / "a.tsv")
    assert found == ["sub-1 ses-B may show someone else (within_person)"]


def test_warnings_are_counted(tmp_path):
    write_table(tmp_path / "quality.tsv", pd.DataFrame({"scan": list("abc"), "verdict": ["warn", "pass", "warn"]}))
    assert count_warnings(tmp_path) == 2


def test_tables_that_are_not_written_yet_hold_nothing(tmp_path):
    assert exclusions_by_fault(tmp_path / "excluded.tsv") == [] and count_warnings(tmp_path) == 0
