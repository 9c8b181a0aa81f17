import pytest

from adrepro.core.errors import UserError
from adrepro.inference.prediction_input import claim, prediction_sheet


def test_a_folder_of_predictions_is_never_that_of_a_study_or_of_other_scans(tmp_path):
    study, out = tmp_path / "study", tmp_path / "out"
    (study / "results").mkdir(parents=True)
    with pytest.raises(UserError, match="study: holds other files, which a prediction could change"):
        claim(study, tmp_path / "bids")
    claim(out, tmp_path / "bids")
    claim(out, tmp_path / "bids")  # resumed, or another model
    with pytest.raises(UserError, match="holds the work on other scans"):
        claim(out, tmp_path / "others")
    (out / "predictions.tsv").write_text("kept")
    with pytest.raises(UserError, match="predictions.tsv: exists and is not overwritten"):
        claim(out, tmp_path / "bids")
    assert str(tmp_path) not in (out / "prediction.json").read_text()


def write_scans(folder, *names):
    for name in names:
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(b"")


def test_scans_without_a_table_of_participants_are_predicted(tmp_path):
    write_scans(tmp_path, "sub-1/anat/sub-1_T1w.nii.gz", "sub-2/ses-1/anat/sub-2_ses-1_run-1_T1w.nii.gz",
                "sub-2/ses-1/anat/sub-2_ses-1_run-2_T1w.nii.gz")  # fmt: skip
    sheet, ignored = prediction_sheet(tmp_path)
    assert sheet[["participant_id", "session_id", "role", "age"]].to_numpy().tolist() == [
        ["sub-1", "n/a", "external", "n/a"], ["sub-2", "ses-1", "external", "n/a"],
    ]  # fmt: skip
    assert sheet["t1w"].iloc[1].endswith("run-1_T1w.nii.gz") and ignored[0][:2] == ("sub-2", "ses-1")


def test_ages_come_from_the_tables_and_scans_without_a_row_are_predicted_too(tmp_path):
    write_scans(tmp_path, "sub-1/anat/sub-1_T1w.nii.gz", "sub-2/anat/sub-2_T1w.nii.gz")
    (tmp_path / "participants.tsv").write_text("participant_id\tage\nsub-2\t71\n")
    sheet, _ = prediction_sheet(tmp_path)
    assert sheet.set_index("participant_id")["age"].to_dict() == {"sub-1": "n/a", "sub-2": "71"}
    (tmp_path / "participants.tsv").write_text("participant_id\tage\nsub-2\tsixty\n")
    with pytest.raises(UserError, match="sixty"):
        prediction_sheet(tmp_path)
