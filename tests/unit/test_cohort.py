import numpy as np
import pytest

from adrepro.cohort import make_sheet
from adrepro.errors import UserError
from adrepro.sheet import read_sheet


@pytest.fixture
def bids(tmp_path):
    """A BIDS folder of empty images: two with a row, one without, one row without image, and a second run."""
    root = tmp_path / "bids"
    for name in (
        "sub-01/anat/sub-01_T1w",
        "sub-02/anat/sub-02_run-1_T1w",
        "sub-02/anat/sub-02_run-2_T1w",
        "sub-09/anat/sub-09_T1w",
    ):
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / f"{name}.nii.gz").touch()
    rows = [
        "participant_id\tage\tgender\tgroup",
        "sub-01\t90+\tf\tdepr ",
        "sub-02\t35\tM\tcontrol",
        "sub-03\tn/a\t\tcontrol",
    ]
    (root / "participants.tsv").write_text("\n".join(rows) + "\n")
    return root


def run(bids, out, mapping, **changes):
    options = {"folders": [bids], "datasets": ["A"], "external": [], "mapping": mapping, "prefixes": [""], "out": out}
    return make_sheet(**(options | changes))


def test_a_column_of_participants_becomes_the_diagnosis(bids, tmp_path):
    summary = run(bids, tmp_path / "cohort.tsv", {"diagnosis": "group"})
    sheet = read_sheet(tmp_path / "cohort.tsv").set_index("participant_id")
    assert sheet["diagnosis"].to_dict() == {"sub-01": "depr", "sub-02": "control", "sub-03": "control"}
    assert sheet.loc["sub-01", ["age", "sex", "t1w"]].tolist() == ["90", "F", "bids/sub-01/anat/sub-01_T1w.nii.gz"]
    assert sheet.loc["sub-02", "t1w"].endswith("run-1_T1w.nii.gz") and sheet.loc["sub-03", "t1w"] == "n/a"
    for left_out in ("sub-02 n/a: sub-02_run-2_T1w.nii.gz", "sub-03 n/a: no T1w", "sub-09 n/a: has images and no row"):
        assert left_out in summary


def test_a_cohort_without_diagnosis_is_accepted(bids, tmp_path):
    run(bids, tmp_path / "cohort.tsv", {})
    assert set(read_sheet(tmp_path / "cohort.tsv")["diagnosis"]) == {"n/a"}


def test_prefixes_keep_two_cohorts_apart(bids, tmp_path):
    run(bids, tmp_path / "c.tsv", {}, folders=[bids, bids], datasets=["A", "B"], prefixes=["", "B"], external=["B"])
    sheet = read_sheet(tmp_path / "c.tsv")
    assert sheet.groupby("role")["participant_id"].nunique().to_dict() == {"study": 3, "external": 3}
    with pytest.raises(UserError, match="prefix"):
        run(bids, tmp_path / "d.tsv", {}, folders=[bids, bids], datasets=["A", "B"], prefixes=["", ""])
    assert not (tmp_path / "d.tsv").exists()


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (None, "missing"),
        ("participant_id\tage\n", "no participants"),
        ("participant_id,age\nsub-01,3\n", "commas"),
        ("participant_id\tage\nsub-0 1\t3\n", "line 2"),
        ("participant_id\tage\nsub-01\t3\nsub-01\t3\n", "sub-01 appears twice"),
        ("participant_id\tage\nsub-01\tsixty\n", "age 'sixty'"),
    ],
)
def test_a_faulty_table_is_refused_in_words(bids, tmp_path, text, message):
    path = bids / "participants.tsv"
    path.unlink()
    if text is not None:
        path.write_text(text)
    with pytest.raises(UserError, match=message):
        run(bids, tmp_path / "cohort.tsv", {})
    assert not (tmp_path / "cohort.tsv").exists()


def test_a_wrong_column_is_named(bids, tmp_path):
    with pytest.raises(UserError, match="no column 'grp' for diagnosis"):
        run(bids, tmp_path / "cohort.tsv", {"diagnosis": "grp"})


def test_sessions_give_visits_with_months(tmp_path):
    root = tmp_path / "bids"
    (root / "sub-01/ses-M012/anat").mkdir(parents=True)
    (root / "sub-01/ses-M012/anat/sub-01_ses-M012_T1w.nii").touch()
    (root / "participants.tsv").write_text("participant_id\tsex\nsub-01\tF\n")
    (root / "sub-01/sub-01_sessions.tsv").write_text(
        "session_id\tdiagnosis\tage\nses-M000\tMCI\t70\nses-M012\tAD\t71\n"
    )
    run(root, tmp_path / "cohort.tsv", {})
    sheet = read_sheet(tmp_path / "cohort.tsv")
    assert sheet[["session_id", "months", "diagnosis", "age"]].to_numpy().tolist() == [
        ["ses-M000", "0", "MCI", "70"], ["ses-M012", "12", "AD", "71"],
    ]  # fmt: skip
    assert np.array_equal(sheet["t1w"] == "n/a", [True, False])
