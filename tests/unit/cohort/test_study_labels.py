import pytest

from adrepro.cohort.study_labels import checked_lists, study_labels
from adrepro.config.settings.cohort import Task
from adrepro.core.errors import UserError
from subject_lists import listed_sheet, write, write_lists

TASKS = {"AD_vs_CN": Task(positive="AD", negative="CN")}


def test_lists_replace_labels_from_diagnoses(tmp_path):
    sheet = listed_sheet().assign(diagnosis="CN")
    from_courses, _ = study_labels(sheet, 36, None)
    from_lists, _ = study_labels(sheet, 36, checked_lists(write_lists(tmp_path), TASKS, 2))
    assert set(from_courses["label"]) == {"CN"} and set(from_lists["label"]) == {"AD", "CN", "n/a"}


def test_contradictions_are_refused(tmp_path):
    folder = write_lists(tmp_path)
    write(folder, "test/AD_baseline", "sub-AD0\tses-M00")
    with pytest.raises(UserError, match="sub-AD0 is in training and in test lists"):
        checked_lists(folder, TASKS, 2)
