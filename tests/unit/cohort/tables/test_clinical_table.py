import pytest

from adrepro.cohort.tables.clinical_table import SOURCE, differences, read_clinical_table
from adrepro.core.errors import UserError
from adrepro.core.user_tables import LINE


def read(tmp_path, text):
    (tmp_path / "t.csv").write_text(text)
    return read_clinical_table(tmp_path / "t.csv")


def test_rows_are_found_by_participant_and_month(tmp_path):
    table = read(tmp_path, "PTID,VISCODE,AGE\n011_S_0002,bl,74.3\n011_S_0002,m12,74.3\n011_S_0002,nv,74.3\n")
    rows = table.of("sub-ADNI011S0002")
    assert sorted(rows) == ["0", "12"] and rows["12"]["age_bl"] == "74.3" and "AGE" not in rows["12"]
    assert rows["12"][SOURCE] == "t.csv line 3"
    assert table.of("sub-9") == {}
    assert table.problems() == []
    assert (
        table.summary() == "  t.csv: 1 participants joined, 1 rows without a month left out; without a row: 1 (sub-9)"
    )


def test_the_visits_of_dxsum_are_those_of_viscode2_and_its_ids_those_of_the_roster(tmp_path):
    text = (
        "Phase,ID,RID,VISCODE,VISCODE2,DIAGNOSIS\nADNI2,90,2,v06,m72,1\nADNI2,91,4500,v01,sc,2\nADNI2,92,2,v04,bl,1\n"
    )
    table = read(tmp_path, text + "ADNI2,93,2,v01,sc,2\n")
    assert {month: row["DIAGNOSIS"] for month, row in table.of("sub-ADNI011S0002").items()} == {"72": "1", "0": "1"}
    assert table.of("sub-ADNI941S4500")["0"]["DIAGNOSIS"] == "2"  # screening, in place of baseline
    assert table.of("sub-9") == {}
    filled = read(tmp_path, "RID,VISCODE2,DIAGNOSIS,MMSE\n2,sc,2,28\n2,bl,,27\n")
    assert {name: filled.of("2")["0"][name] for name in ("DIAGNOSIS", "MMSE")} == {"DIAGNOSIS": "2", "MMSE": "27"}


def test_ids_that_collapse_are_refused(tmp_path):
    with pytest.raises(UserError, match="line 3: S11_2 and S1_12 are the same id without separators"):
        read(tmp_path, "subject,visit,diagnosis\nS1_12,bl,CN\nS11_2,m12,AD\n")
    table = read(tmp_path, "PTID,VISCODE,DX\n011_S_0002,bl,CN\n")
    table.of("sub-ADNI011S0002")
    table.of("sub-011S0002")
    (problem,) = table.problems()
    assert "sub-ADNI011S0002 and sub-011S0002 are both 011_S_0002 in the table" in problem


def test_a_visit_under_another_name_is_read_or_refused(tmp_path):
    assert sorted(read(tmp_path, "PTID,Month,DX\n1,0,CN\n1,12,AD\n").of("1")) == ["0", "12"]
    with pytest.raises(UserError, match="EXAMDATE tells of visits; name them in a column session_id, VISCODE or mon"):
        read(tmp_path, "PTID,EXAMDATE,DX\n1,2009-01-01,CN\n")


def test_a_blank_id_is_that_of_the_roster(tmp_path):
    assert read(tmp_path, "PTID,RID,VISCODE,DX\n,2,bl,CN\n").of("sub-ADNI011S0002")["0"]["DX"] == "CN"


def test_a_table_without_visits_has_one_row_for_each_participant(tmp_path):
    table = read(tmp_path, "ID,M/F,Age,CDR\nOAS1_0001_MR1,F,74,0\nOAS1_0001_MR2,F,74,\nOAS1_0002_MR1,F,55,\n")
    assert table.of("sub-OASIS10001")["n/a"]["CDR"] == "0" and table.of("sub-OASIS10002")["n/a"]["CDR"] == ""
    assert "1 rows of repeat scans left out" in table.summary()
    with pytest.raises(UserError, match="line 3: 1 appears twice, and DX differ from line 2"):
        read(tmp_path, "RID,DX\n1,CN\n1,AD\n")


def test_columns_that_nobody_reads_are_dropped_and_may_differ(tmp_path):
    (tmp_path / "t.csv").write_text("RID,VISCODE,DX,update_stamp,X2\n1,bl,CN,2020,b\n1,bl,CN,2021,b\n")
    table = read_clinical_table(tmp_path / "t.csv", {"dx"})
    assert set(table.of("1")["0"]) == {"DX", LINE, SOURCE} and "X2" in table.header


def test_a_table_of_other_participants_is_a_problem(tmp_path):
    table = read(tmp_path, "participant_id,session_id\nsub-1,ses-bl\n")
    table.of("sub-2")
    (problem,) = table.problems()
    assert "contains no participant of the datasets" in problem


def test_rows_of_one_visit_may_repeat_and_not_differ(tmp_path):
    assert read(tmp_path, "RID,VISIT,DX\n1,m6,CN\n1,m6,CN\n").of("1")["6"]["DX"] == "CN"
    with pytest.raises(UserError, match="line 3: 1 at month 6 appears twice, and DX differ from line 2"):
        read(tmp_path, "RID,VISCODE,DX\n1,m6,CN\n1,m6,AD\n")
    with pytest.raises(UserError, match="expected a column of participant"):
        read(tmp_path, "VISCODE,DX\nbl,CN\n")


def test_differences_are_named_without_the_line():
    row = {"a": "1", "b": "2", LINE: "2"}
    assert differences(row, row | {LINE: "3"}) == "" and differences(row, row | {"a": "0", "b": "0"}) == "a, b"
