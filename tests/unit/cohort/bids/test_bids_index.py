import pytest

from adrepro.cohort.bids.bids_index import find_scans, read_participants, read_sessions
from adrepro.core.errors import UserError
from adrepro.core.user_tables import LINE


def touch(root, *names):
    for name in names:
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).touch()


def test_images_are_found_by_session_and_sorted(tmp_path):
    home = "sub-1"
    touch(
        tmp_path,
        f"{home}/anat/sub-1_T1w.nii",
        f"{home}/ses-M12/anat/sub-1_ses-M12_run-2_T1w.nii.gz",
        f"{home}/ses-M12/anat/sub-1_ses-M12_run-1_T1w.nii.gz",
        f"{home}/ses-M12/anat/sub-1_ses-M12_T2w.nii.gz",
        f"{home}/ses-M12/func/sub-1_ses-M12_T1w.nii.gz",
    )
    scans, ignored = find_scans(tmp_path, "sub-1")
    assert {session: [path.name for path in paths] for session, paths in scans.items()} == {
        "n/a": ["sub-1_T1w.nii"],
        "ses-M12": ["sub-1_ses-M12_run-1_T1w.nii.gz", "sub-1_ses-M12_run-2_T1w.nii.gz"],
    }
    assert ignored == []


def test_wrong_names_are_ignored_with_the_reason(tmp_path):
    touch(
        tmp_path,
        "sub-1/ses-a/anat/sub-1_T1w.nii.gz",  # without the session of its folder
        "sub-1/ses-b_x/anat/sub-1_T1w.nii.gz",
        "sub-1/ses-c/anat/sub-1_ses-c_\udcff_T1w.nii.gz",
        "sub-1/ses-c/anat/._sub-1_ses-c_T1w.nii.gz",
    )
    scans, ignored = find_scans(tmp_path, "sub-1")
    assert scans == {} and len(ignored) == 3
    assert ignored[0] == "ses-b_x: session folders must match ses-[A-Za-z0-9]+"
    assert ignored[1].startswith("sub-1_T1w.nii.gz: the name must begin with sub-1_ses-a_ and end with _T1w")
    assert ignored[2].startswith("sub-1_ses-c_\\udcff_T1w.nii.gz: the name must begin with")


def test_a_participant_without_a_folder_has_no_scans(tmp_path):
    assert find_scans(tmp_path, "sub-1") == ({}, [])


def test_participants_and_sessions_are_read_with_their_lines(tmp_path):
    (tmp_path / "participants.tsv").write_text("participant_id\tage\nsub-1\t70\n")
    assert read_participants(tmp_path) == (
        ["participant_id", "age"],
        [{"participant_id": "sub-1", "age": "70", LINE: "2"}],
    )
    assert read_sessions(tmp_path, "sub-1") == []
    touch(tmp_path, "sub-1/sub-1_sessions.tsv")
    (tmp_path / "sub-1/sub-1_sessions.tsv").write_text("session_id\nses-a\n")
    assert read_sessions(tmp_path, "sub-1") == [{"session_id": "ses-a", LINE: "2"}]
    (tmp_path / "sub-1/sub-1_sessions.tsv").write_text("session\nses-a\n")
    with pytest.raises(UserError, match="no column session_id"):
        read_sessions(tmp_path, "sub-1")


def test_a_folder_that_is_no_dataset_is_refused(tmp_path):
    with pytest.raises(UserError, match="there is no such folder; --bids takes a BIDS dataset"):
        read_participants(tmp_path / "nowhere")
    with pytest.raises(UserError, match="participants.tsv: missing"):
        read_participants(tmp_path)
    for mark, separator in ((";", "semicolons"), (",", "commas")):
        (tmp_path / "participants.tsv").write_text(f"participant_id{mark}age\nsub-1{mark}3\n")
        with pytest.raises(UserError, match=f"no column participant_id; it is separated by {separator}"):
            read_participants(tmp_path)
    (tmp_path / "participants.tsv").write_text("id\nsub-1\n")
    with pytest.raises(UserError, match="no column participant_id$"):
        read_participants(tmp_path)
