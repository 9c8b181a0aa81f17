import pytest

from adrepro.cohort.lists.published_lists import list_files, read_lists
from adrepro.core.errors import UserError
from subject_lists import write, write_lists


def test_parts_folds_and_first_sessions_come_from_the_names(tmp_path):
    entries = read_lists(write_lists(tmp_path), ["AD", "CN", "sMCI", "pMCI", "MCI"])
    found = entries[entries["participant_id"] == "sub-pMCI1"]
    columns = ["label", "part", "fold", "session_id", "baseline"]
    assert set(found[columns].itertuples(index=False, name=None)) == {
        ("pMCI", "whole", -1, "ses-M12", False), ("MCI", "whole", -1, "ses-M00", False),
        ("MCI", "whole", -1, "ses-M12", False), ("pMCI", "train", -1, "ses-M12", False),
        ("MCI", "train", -1, "ses-M00", False), ("MCI", "train", -1, "ses-M12", False),
        ("pMCI", "train", -1, "ses-M12", True), ("MCI", "train", -1, "ses-M00", True),
        ("pMCI", "fold", 0, "ses-M12", False), ("MCI", "fold", 0, "ses-M00", False),
        ("MCI", "fold", 0, "ses-M12", False), ("pMCI", "validation", 1, "ses-M12", True),
        ("MCI", "validation", 1, "ses-M00", True),
    }  # fmt: skip
    assert set(found["months"]) == {0, 12} and found["path"].str.endswith(".tsv").all()


def test_lists_of_other_labels_and_other_files_are_not_read(tmp_path):
    folder = write_lists(tmp_path)
    write(folder, "train/Unlabeled", "sub-1\tses-M00")
    write(folder, "train/train_splits-2/split-0/unlabeled", "wrong\t")
    write(folder, "train/train/AD", "sub-9\tses-M00")  # the authors' single split
    write(folder, "notes/AD", "sub-9\tses-M00")
    entries = read_lists(folder, ["AD", "CN"])
    assert set(entries["label"]) == {"AD", "CN"} and "sub-9" not in set(entries["participant_id"])


def test_the_case_of_a_label_does_not_matter(tmp_path):
    folder = write_lists(tmp_path)
    (folder / "train" / "AD.tsv").rename(folder / "train" / "ad.tsv")
    names = set(read_lists(folder, ["AD"])["path"])
    assert "train/ad.tsv" in names and len(names) == 8


def test_faulty_lines_are_told_with_file_and_line(tmp_path):
    folder = write_lists(tmp_path)
    write(folder, "test/AD_baseline", "sub-1\t", "AD_2\tses-M00")
    (folder / "test" / "CN_baseline.tsv").write_text("id\n1\n")
    with pytest.raises(
        UserError, match="(?s)AD_baseline.tsv line 2: session_id ''.*line 3: participant_id 'AD_2'"
    ) as e:
        read_lists(folder, ["AD", "CN"])
    assert "CN_baseline.tsv: expected the columns participant_id and session_id, found id" in str(e.value)


def test_a_folder_without_lists_is_told(tmp_path):
    with pytest.raises(UserError, match="give the folder of the lists"):
        list_files(tmp_path)
