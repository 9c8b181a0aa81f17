import pytest

from adrepro.cohort.scan_sheet import scan_sheet
from adrepro.core.errors import UserError
from bids_folders import make_bids


@pytest.fixture
def bids(tmp_path):
    scans = ("sub-1_ses-a", "sub-1_ses-b", "sub-2")
    folder = make_bids(tmp_path / "data", "participant_id\nsub-1\n", scans=scans)
    anat = folder / "sub-1" / "ses-a" / "anat"
    for acq in ("x", "y"):
        (anat / f"sub-1_ses-a_acq-{acq}_run-1_T1w.nii.gz").touch()
    (folder / "participants.tsv").unlink()
    return folder


def names(found):
    return [path.rsplit("/", 1)[-1].removesuffix("_T1w.nii.gz") for path in found["t1w"]]


def test_each_session_has_its_first_scan(bids):
    sheet, ignored = scan_sheet(bids, [], [], {})
    assert names(sheet) == ["sub-1_ses-a", "sub-1_ses-b", "sub-2"]
    assert sheet["session_id"].tolist() == ["ses-a", "ses-b", "n/a"] and set(sheet["diagnosis"]) == {"n/a"}
    assert len(ignored) == 2 and all("comes first" in reason for *_, reason in ignored)


def test_labels_and_entities_choose(bids):
    assert names(scan_sheet(bids, ["1"], ["ses-b"], {})[0]) == ["sub-1_ses-b"]
    sheet, ignored = scan_sheet(bids, [], [], {"acq": "y", "run": "1"})
    assert names(sheet) == ["sub-1_ses-a_acq-y_run-1"]
    assert ("sub-2", "n/a", "sub-2_T1w.nii.gz: without acq-y, run-1") in ignored


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ((["3"], [], {}), "--participant-label: there is no sub-3"),
        (([], ["c"], {}), "--session-label: no scan of ses-c"),
        (([], [], {"rec": "z"}), "no T1w scan with rec-z in its name"),
    ],
)
def test_what_does_not_exist_is_named(bids, arguments, message):
    with pytest.raises(UserError, match=message):
        scan_sheet(bids, *arguments)


def test_a_folder_that_is_no_dataset_is_named(tmp_path):
    with pytest.raises(UserError, match="there is no such folder"):
        scan_sheet(tmp_path / "x", [], [], {})
    with pytest.raises(UserError, match=r"no T1w scan; it needs sub-\*/\[ses-\*/\]anat"):
        scan_sheet(tmp_path, [], [], {})
