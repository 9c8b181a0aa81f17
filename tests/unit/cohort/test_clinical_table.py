import pytest

from adrepro.cohort.clinical_table import bare, differences, read_clinical_table
from adrepro.core.errors import UserError
from adrepro.core.user_tables import LINE


def read(tmp_path, text):
    (tmp_path / "t.csv").write_text(text)
    return read_clinical_table(tmp_path / "t.csv")


def test_ids_of_tables_and_of_bids_are_equal():
    assert bare("sub-ADNI011S0002") == bare("011_S_0002") == "011s0002"
    assert bare("sub-OAS10001") == bare("0001") and bare("AIBL17") == "17"


def test_rows_are_found_by_participant_and_month(tmp_path):
    table = read(tmp_path, "PTID,VISCODE,AGE\n011_S_0002,bl,74.3\n011_S_0002,m12,74.3\n011_S_0002,sc,74.3\n")
    rows = table.of("sub-ADNI011S0002")
    assert sorted(rows) == ["0", "12"] and rows["12"]["age_bl"] == "74.3" and "AGE" not in rows["12"]
    assert table.of("sub-9") == {}
    assert table.problems() == []
    assert table.summary() == ["  t.csv: 1 participants joined, 1 rows without a month left out (screening)"]


def test_no_table_is_an_empty_one():
    table = read_clinical_table(None)
    assert table.of("sub-1") == {} and table.problems() == [] and table.summary() == []


def test_a_table_of_other_participants_is_a_problem(tmp_path):
    table = read(tmp_path, "participant_id,session_id\nsub-1,ses-bl\n")
    table.of("sub-2")
    (problem,) = table.problems()
    assert "contains no participant of the datasets" in problem


def test_rows_of_one_visit_may_repeat_and_not_differ(tmp_path):
    assert read(tmp_path, "RID,VISIT,DX\n1,m6,CN\n1,m6,CN\n").of("1")["6"]["DX"] == "CN"
    with pytest.raises(UserError, match="line 3: 1 at month 6 appears twice, and DX differ from line 2"):
        read(tmp_path, "RID,VISCODE,DX\n1,m6,CN\n1,m6,AD\n")
    with pytest.raises(UserError, match="expected columns of participant"):
        read(tmp_path, "RID,DX\n1,CN\n")


def test_differences_are_named_without_the_line():
    row = {"a": "1", "b": "2", LINE: "2"}
    assert differences(row, row | {LINE: "3"}) == "" and differences(row, row | {"a": "0", "b": "0"}) == "a, b"
