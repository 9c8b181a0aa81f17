from adrepro.cohort.sheet_problems import sheet_problems
from adrepro.cohort.study_labels import checked_lists
from small_cohort import SETTINGS, TASKS, sheet
from subject_lists import listed_sheet, write_lists


def test_a_column_that_is_not_there_is_named():
    (problem,) = sheet_problems(sheet(), TASKS, 36, [], SETTINGS.model_copy(update={"group": "family"}), set())
    assert "no column family" in problem


def test_covariates_that_the_sheet_lacks_are_named_and_the_tiv_is_none_of_them():
    (problem,) = sheet_problems(sheet(), TASKS, 36, [], SETTINGS, {"education", "age", "tiv_ml"})
    assert problem.startswith("no column education, which confounds or combat of an approach names")
    assert sheet_problems(sheet(), TASKS, 36, [], SETTINGS, {"age", "tiv_ml"}) == []


def test_published_lists_are_checked_against_the_sheet(tmp_path):
    tasks = {"AD_vs_CN": TASKS["AD_vs_CN"]}
    lists = checked_lists(write_lists(tmp_path), tasks, 2)
    assert sheet_problems(listed_sheet(), tasks, 36, [], SETTINGS, set(), lists=lists) == []
    without = listed_sheet()[lambda table: table["participant_id"] != "sub-AD4"]
    (problem,) = sheet_problems(without, tasks, 36, [], SETTINGS, set(), lists=lists)
    assert problem.startswith("AD_vs_CN: nobody of class 1 is left in the test set of the lists")
    (problem,) = sheet_problems(
        sheet(), tasks, 36, [], SETTINGS, set(), lists=lists.replace("sub-", "sub-x", regex=True)
    )
    assert problem.startswith("no participant of the study is in the lists")


def test_a_study_of_rates_counts_those_with_two_visits_before_a_scan_is_read():
    everybody = dict.fromkeys(sheet()["participant_id"], {})
    assert sheet_problems(sheet(), TASKS, 36, [], SETTINGS, set(), everybody) == []
    problems = sheet_problems(sheet(), TASKS, 36, [], SETTINGS, set(), {})
    assert problems and all("features: rate counts those with two visits" in problem for problem in problems)
