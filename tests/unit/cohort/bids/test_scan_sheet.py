import pytest

from adrepro.cohort.bids.scan_sheet import scan_sheet
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


def test_what_was_asked_for_and_is_not_there_is_told(bids):
    sheet, ignored = scan_sheet(bids, ["1", "sub-1", "2"], ["a"], {})
    assert names(sheet) == ["sub-1_ses-a"] and ("sub-2", "n/a", "no T1w scan that was asked for") in ignored
    assert not any("ses-b" in reason for *_, reason in ignored)


def test_links_without_content_are_told_and_runs_are_numbers(bids):
    anat = bids / "sub-2" / "anat"
    (anat / "sub-2_T1w.nii.gz").unlink()
    (anat / "sub-2_T1w.nii.gz").symlink_to("nowhere")
    (anat / "sub-2_run-01_T1w.nii.gz").touch()
    sheet, ignored = scan_sheet(bids, ["2"], [], {})
    assert names(sheet) == ["sub-2_run-01"] and "a link without content; fetch the file" in ignored[0][2]
    assert names(scan_sheet(bids, ["2"], [], {"run": "run-1"})[0]) == ["sub-2_run-01"]


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
