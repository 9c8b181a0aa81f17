import pytest

from adrepro.cohort.lists.list_coverage import coverage_notes, coverage_problems, empty_classes
from adrepro.cohort.lists.listed_labels import listed_splits
from adrepro.cohort.lists.published_lists import read_lists
from adrepro.cohort.study_labels import study_labels
from adrepro.cohort.study_participants import in_tasks, people_of
from adrepro.config.settings.cohort import Task
from subject_lists import listed_sheet, write, write_lists

TASKS = {"AD_vs_CN": Task(positive="AD", negative="CN"), "sMCI_vs_pMCI": Task(positive="pMCI", negative="sMCI")}
NAMES = ["AD", "CN", "sMCI", "pMCI"]


def test_a_cohort_that_has_every_session_is_complete(tmp_path):
    entries = read_lists(write_lists(tmp_path), NAMES)
    assert coverage_problems(listed_sheet(), entries) == []
    assert coverage_notes(listed_sheet(), entries) == ["20 of 20 listed participants are in the sheet"]


def test_a_cohort_without_anybody_in_common_is_refused(tmp_path):
    sheet = listed_sheet().assign(participant_id=lambda table: table["participant_id"] + "x")
    (problem,) = coverage_problems(sheet, read_lists(write_lists(tmp_path), NAMES))
    assert problem.startswith("no participant of the study is in the lists; compare their ids (sub-AD0x, sub-AD1x")


def test_absent_sessions_and_participants_are_counted_with_an_example(tmp_path):
    sheet = listed_sheet((0,))[lambda table: table["participant_id"] != "sub-AD0"]
    entries = read_lists(write_lists(tmp_path), ["AD", "CN", "sMCI"])
    assert coverage_problems(sheet, entries) == []
    notes = coverage_notes(sheet, entries)
    assert notes[0] == "14 of 15 listed participants are in the sheet"
    assert notes[1].startswith("14 of 28 listed sessions of theirs are not: sub-AD1 ses-M12 (train/AD.tsv line 5), ")


@pytest.mark.parametrize(
    ("name", "row", "message"),
    [
        ("train/AD", "sub-AD0\tses-foo", "train/AD.tsv line 2: nobody in the sheet has session 'ses-foo'"),
        ("test/AD_baseline", "sub-AD4\tses-M99", "test/AD_baseline.tsv line 2: nobody in the sheet has session 'ses-M"),
    ],
)  # fmt: skip
def test_sessions_that_nobody_has_are_told_with_file_and_line(tmp_path, name, row, message):
    folder = write_lists(tmp_path)
    write(folder, name, row)
    (problem,) = coverage_problems(listed_sheet(), read_lists(folder, NAMES))
    assert problem.startswith(message)


def test_an_external_participant_in_a_training_list_is_told(tmp_path):
    sheet = listed_sheet()
    sheet.loc[sheet["participant_id"].isin(["sub-AD0", "sub-AD4"]), ["dataset", "role"]] = ["B", "external"]
    (problem,) = coverage_problems(sheet, read_lists(write_lists(tmp_path), NAMES))
    assert "sub-AD0 is in a training list, and external in the sheet" in problem


def test_a_class_of_which_nobody_is_left_is_told(tmp_path):
    entries = read_lists(write_lists(tmp_path), NAMES)
    sheet = listed_sheet()[lambda table: ~table["participant_id"].isin(["sub-CN4", "sub-pMCI0", "sub-pMCI2"])]
    people = in_tasks(people_of(sheet, study_labels(sheet, 36, entries)[0], sheet, None), TASKS)
    problems = empty_classes(listed_splits(people, entries), people, TASKS, 2)
    assert [problem.partition(";")[0] for problem in problems] == [
        "AD_vs_CN: nobody of class 0 is left in the test set of the lists",
        "sMCI_vs_pMCI: nobody of class 1 is left in fold 0 of the lists",
    ]


def test_labels_that_contradict_the_diagnosis_and_external_people_in_no_list_are_counted(tmp_path):
    sheet = listed_sheet()
    entries = read_lists(write_lists(tmp_path), NAMES)
    sheet["diagnosis"] = sheet["participant_id"].str.extract(r"sub-(\D+)")[0].replace({"sMCI": "EMCI", "uMCI": "n/a"})
    assert len(coverage_notes(sheet, entries)) == 1
    sheet.loc[sheet["participant_id"] == "sub-AD1", "diagnosis"] = "CN"
    sheet.loc[sheet["participant_id"].isin(["sub-AD4", "sub-other"]), ["dataset", "role"]] = ["B", "external"]
    assert coverage_notes(sheet, entries)[1:] == [
        "1 of 20 listed labels disagree with the diagnosis at their first session: sub-AD1 AD, CN",
        "B: 1 of 2 external participants are in no list and have no label",
    ]
