import pytest

from adrepro.cohort.list_problems import list_problems
from adrepro.cohort.published_lists import read_lists
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
