import pytest

from adrepro.cohort.lists.list_problems import list_problems
from adrepro.cohort.lists.published_lists import read_lists
from adrepro.config.settings.cohort import Task
from adrepro.config.tasks import label_names
from subject_lists import write, write_lists

TASKS = {"AD_vs_CN": Task(positive="AD", negative="CN"), "MCI_vs_CN": Task(positive="MCI", negative="CN")}
PARTS = TASKS | {"sMCI_vs_pMCI": Task(positive="pMCI", negative="sMCI")}


def problems(folder, tasks=PARTS, folds=2):
    return list_problems(read_lists(folder, label_names(tasks)), tasks, folds)


def test_lists_as_published_have_no_problem(tmp_path):
    assert problems(write_lists(tmp_path)) == []


def test_another_number_of_folds_is_told(tmp_path):
    assert problems(write_lists(tmp_path), folds=5) == ["the lists have 2 folds, splits.folds is 5; make them equal"]


@pytest.mark.parametrize(
    ("name", "rows", "message"),
    [
        ("test/CN_baseline", ["sub-AD4\tses-M00"], "sub-AD4 is listed as AD and CN: AD.tsv line 10"),
        ("test/AD_baseline", ["sub-AD1\tses-M00"], "sub-AD1 is in training and in test lists: test/AD_baseline"),
        ("train/train_splits-2/split-0/AD_baseline", ["sub-AD0\tses-M00"], "training and the validation list of"),
        ("train/validation_splits-2/split-1/AD_baseline", ["sub-AD0\tses-M00"], "sub-AD0 is in the training and"),
        ("train/AD_baseline", ["sub-AD9\tses-M00"], "sub-AD9 is in training lists of 0 of 2 folds"),
        ("train/AD_baseline", ["sub-AD0\tses-M12"], "sub-AD0 has several first sessions as AD: ses-M12"),
    ],
)  # fmt: skip
def test_contradictions_are_told_with_file_and_line(tmp_path, name, rows, message):
    folder = write_lists(tmp_path)
    write(folder, name, *rows)
    assert any(message in problem for problem in problems(folder)), problems(folder)


def test_folds_of_the_parts_of_mci_agree(tmp_path):
    folder = write_lists(tmp_path)
    for fold, other in ((0, 1), (1, 0)):
        write(folder, f"train/validation_splits-2/split-{fold}/MCI_baseline", f"sub-sMCI{other}\tses-M00")
    found = problems(folder)
    assert any(problem.startswith("sub-sMCI0 is in the training and the validation list") for problem in found)


@pytest.mark.parametrize(
    ("pattern", "message"),
    [
        ("train/train_splits-2/split-1/CN.tsv", "no list of CN in train_splits-2/split-1"),
        ("train/validation_splits-2/split-1/CN_baseline.tsv", "no list of CN in validation_splits-2/split-1"),
        ("test/CN_baseline.tsv", "no test/ list of CN"),
        ("*/**/CN*.tsv", "no train/ or test/ list of CN, which AD_vs_CN, MCI_vs_CN names"),
    ],
)
def test_missing_lists_are_told(tmp_path, pattern, message):
    folder = write_lists(tmp_path)
    for path in folder.glob(pattern):
        path.unlink()
    (problem,) = problems(folder)
    assert message in problem


def test_training_lists_of_folds_agree_with_the_validation_lists(tmp_path):
    folder = write_lists(tmp_path)
    write(folder, "train/train_splits-2/split-0/AD", "sub-AD1\tses-M00")
    write(folder, "train/AD", *(f"sub-AD{number}\tses-M00" for number in range(3)))
    found = problems(folder)
    assert any("sub-AD3 is in training lists of 0 of 2 folds, expected all but the one" in problem for problem in found)
    assert any("sub-AD3 (train/" in p and "is not in train/AD.tsv, the list of all training" in p for p in found)


def test_folds_begin_with_0_and_are_those_of_the_name(tmp_path):
    folder = write_lists(tmp_path)
    (folder / "train/train_splits-2").rename(folder / "train/train_splits-5")
    assert problems(folder) == ["a folder is named *_splits-5, splits.folds is 2; remove or rename it"]


def test_two_folders_of_the_same_lists_are_refused(tmp_path):
    for name in ("old", "new"):
        write_lists(tmp_path / name)
    assert any("old/AD.tsv" in p and "list the same participants; keep one folder" in p for p in problems(tmp_path))
