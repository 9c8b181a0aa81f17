import pandas as pd
import pytest

from adrepro.cohort.published_lists import list_files, listed_splits, relabel
from adrepro.cohort.splits import as_listed
from adrepro.core.errors import UserError


def write(folder, name, *rows):
    path = folder / f"{name}.tsv"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("participant_id\tsession_id\tdiagnosis\n" + "".join(f"{r}\tx\n" for r in rows))


@pytest.fixture
def lists(tmp_path):
    """Three participants with AD in two folds, one in the test set; one of them sMCI, in the list of MCI too."""
    folder = tmp_path / "lists"
    write(folder, "train/AD", "sub-1\tses-M00", "sub-1\tses-M12", "sub-2\tses-M00")
    write(folder, "train/AD_baseline", "sub-1\tses-M00", "sub-2\tses-M00")
    write(folder, "train/train_splits-2/split-0/AD", "sub-1\tses-M00", "sub-1\tses-M12")
    write(folder, "train/train_splits-2/split-1/AD", "sub-2\tses-M00")
    write(folder, "train/train_splits-2/split-0/MCI", "sub-3\tses-M06")
    write(folder, "train/train_splits-2/split-0/sMCI", "sub-3\tses-M06")
    write(folder, "test/AD_baseline", "sub-4\tses-M00")
    (folder / "notes.tsv").write_text("not a list\n")
    return folder


def test_lists_give_label_part_and_fold(lists):
    assert len(list_files(lists)) == 7
    found = listed_splits(lists, 2)
    assert found.to_numpy().tolist() == [
        ["sub-1", "AD", "train", "1"], ["sub-2", "AD", "train", "0"], ["sub-3", "sMCI", "train", "1"],
        ["sub-4", "AD", "test", "n/a"],
    ]  # fmt: skip


def test_labels_and_baselines_come_from_the_lists(lists):
    people = pd.DataFrame(
        [(f"sub-{i}", "A", "study", "CN", "ses-M000", "") for i in (1, 3, 9)]
        + [("sub-X", "B", "external", "AD", "ses-M000", "")],
        columns=["participant_id", "dataset", "role", "label", "session_id", "reason"],
    )
    visits = pd.DataFrame(
        [
            ("sub-1", "ses-M000", 0.0),
            ("sub-1", "ses-M024", 24.0),
            ("sub-3", "ses-M006", 6.0),
            ("sub-X", "ses-M000", 0.0),
        ],
        columns=["participant_id", "session_id", "months"],
    ).assign(label="CN")
    found, judged = relabel(people, visits, lists)
    assert found[["label", "session_id", "reason"]].to_numpy().tolist() == [
        ["AD", "ses-M000", ""], ["sMCI", "ses-M006", ""], ["n/a", "ses-M000", "not in the published lists"],
        ["AD", "ses-M000", ""],
    ]  # fmt: skip
    assert judged["label"].tolist() == ["AD", "n/a", "sMCI", "CN"]  # month 24 is in no list


def test_only_who_is_in_the_study_takes_part(lists):
    people = pd.DataFrame({"participant_id": ["sub-1", "sub-X"], "dataset": "A", "role": ["study", "external"]})
    found = as_listed(people.assign(label="AD"), listed_splits(lists, 2))
    assert found[["participant_id", "partition", "fold"]].to_numpy().tolist() == [
        ["sub-1", "train", "1"], ["sub-X", "external", "n/a"],
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("name", "row", "message"),
    [
        ("test/CN", "sub-1\tses-M00", "sub-1 is listed as AD and CN"),
        ("test/AD", "sub-1\tses-M00", "sub-1 is in training and in test lists"),
        ("train/train_splits-2/split-1/AD_baseline", "sub-1\tses-M00", "training lists of 0 folds"),
        (
            "train/validation_splits-2/split-0/AD",
            "sub-1\tses-M00",
            "sub-1 is in the training and the validation list of one fold",
        ),
        ("train/train_splits-2/split-2/AD", "sub-7\tses-M00", "has 3 folds, splits.folds is 2"),
    ],
)
def test_lists_that_contradict_themselves_are_refused(lists, name, row, message):
    write(lists, name, row)
    with pytest.raises(UserError, match=message):
        listed_splits(lists, 2)


def test_a_folder_without_lists_is_told(tmp_path):
    with pytest.raises(UserError, match="give the folder of the lists"):
        list_files(tmp_path)
