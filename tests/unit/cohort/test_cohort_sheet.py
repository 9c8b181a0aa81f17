from pathlib import Path

import pytest

from adrepro.cohort.cohort_sheet import COLUMNS, read_excluded, read_sheet
from adrepro.cohort.labels import diagnosis_problems
from adrepro.config.settings.cohort import Task
from adrepro.core.errors import UserError

GOOD = "sub-01\tn/a\tA\tstudy\tsub-01_T1w.nii.gz\tCN\t70\tF\t29\t0\t0"


def write(tmp_path: Path, *rows: str) -> Path:
    path = tmp_path / "cohort.tsv"
    path.write_text("\n".join(["\t".join(COLUMNS), *rows]) + "\n")
    return path


def test_ids_stay_text(tmp_path):
    assert read_sheet(write(tmp_path, GOOD, GOOD.replace("sub-01", "sub-1")))["participant_id"].tolist() == [
        "sub-01",
        "sub-1",
    ]


def test_windows_line_ends_and_a_byte_order_mark_are_accepted(tmp_path):
    path = write(tmp_path, GOOD)
    path.write_bytes(b"\xef\xbb\xbf" + path.read_bytes().replace(b"\n", b"\r\n"))
    assert len(read_sheet(path)) == 1


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("sub-01\t", "sub-0/1\t", "participant_id 'sub-0/1'"),
        ("sub-01\t", "sub-$(rm)\t", "must match"),
        ("\t70\t", "\tsixty\t", "age 'sixty'"),
        ("\t70\t", "\t700\t", "age '700'"),
        ("\tF\t", "\t2\t", "sex '2' must be F, M"),
        ("study", "train", "role 'train'"),
        (".nii.gz", ".mgz", "t1w"),
    ],
)
def test_every_fault_is_told_with_its_line(tmp_path, old, new, message):
    with pytest.raises(UserError) as caught:
        read_sheet(
            write(tmp_path, GOOD.replace("01", "02"), GOOD.replace(old, new, 1), GOOD.replace("\t0\t0", "\t9\t0"))
        )
    assert message in str(caught.value)
    assert "line 3" in str(caught.value) and "line 4: cdr '9'" in str(caught.value)


def test_spellings_of_sex_are_known(tmp_path):
    sheet = read_sheet(write(tmp_path, GOOD, GOOD.replace("01", "02").replace("\tF\t", "\tmale\t")))
    assert sheet["sex"].tolist() == ["F", "M"]


def test_an_unknown_diagnosis_is_told_with_its_line_in_the_file(tmp_path):
    sheet = read_sheet(write(tmp_path, GOOD, "", GOOD.replace("01", "02").replace("CN", "cn")))
    (problem,) = diagnosis_problems(sheet, {"AD_vs_CN": Task(positive="AD", negative="CN")}, [])
    assert problem.startswith("line 4: diagnosis 'cn'")


def test_a_duplicate_row_is_refused(tmp_path):
    with pytest.raises(UserError, match="line 3: sub-01 n/a appears twice"):
        read_sheet(write(tmp_path, GOOD, GOOD))


def test_an_age_of_90_and_more_is_accepted(tmp_path):
    assert read_sheet(write(tmp_path, GOOD.replace("\t70\t", "\t90+\t")))["age"].tolist() == ["90"]


def test_the_table_of_who_was_left_out_is_checked_too(tmp_path):
    path = write(tmp_path, GOOD)
    assert read_excluded(path) == []
    table = tmp_path / "cohort_excluded.tsv"
    table.write_text("participant_id\tsession_id\treason\nsub-02\tn/a\tno image\n")
    assert read_excluded(path) == [("sub-02", "n/a", "no image")]
    table.write_text("who\twhy\n1\t2\n")
    with pytest.raises(UserError, match="no column participant_id"):
        read_excluded(path)
