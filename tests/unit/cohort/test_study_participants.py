from adrepro.cohort.labels import label_cohort
from adrepro.cohort.study_participants import people_of, sheet_problems, split_problems, wanted_of
from adrepro.config.settings.cohort import Task
from small_cohort import SETTINGS, TASKS, sheet


def people(table, tasks=TASKS, group=None):
    return people_of(table, label_cohort(table, 36)[0], table, tasks, group)


def test_only_who_is_in_a_task_with_a_baseline_scan_takes_part():
    table = sheet()
    without = table[~((table["participant_id"] == "sub-AD0") & (table["session_id"] == "ses-M000"))]
    found = people_of(table, label_cohort(table, 36)[0], without, {"a": TASKS["AD_vs_CN"]}, None)
    assert set(found["label"]) == {"AD", "CN"} and len(found) == 11


def test_too_few_participants_are_told_with_the_numbers():
    (problem,) = split_problems(people(sheet(3, ("AD",))), {"a": Task(positive="AD", negative="AD")}, 2, 2)
    assert "label AD: 3 participants" in problem and "needs 4" in problem


def test_mci_is_counted_as_a_whole_and_its_parts_are_held_out_apart():
    found = people(sheet())
    assert split_problems(found, TASKS, 6, 3) and not split_problems(found, {"a": TASKS["MCI_vs_CN"]}, 2, 2)
    assert wanted_of(found, TASKS, 2) == {"AD": 2, "CN": 2, "sMCI": 2, "pMCI": 2}
    assert wanted_of(found, TASKS, 5)["sMCI"] == 2 and wanted_of(found, TASKS, 5)["AD"] == 5


def test_a_column_that_is_not_there_is_named():
    (problem,) = sheet_problems(sheet(), TASKS, 36, [], SETTINGS.model_copy(update={"group": "family"}), set())
    assert "no column family" in problem


def test_a_family_in_two_roles_is_refused():
    table = sheet().assign(family="1")
    table.loc[table["participant_id"] == "sub-AD0", "role"] = "external"
    assert "family 1 is in the study and in an external cohort" in split_problems(
        people(table, group="family"), TASKS, 1, 2
    )


def test_covariates_that_the_sheet_lacks_are_named_and_the_tiv_is_none_of_them():
    (problem,) = sheet_problems(sheet(), TASKS, 36, [], SETTINGS, {"education", "age", "tiv_ml"})
    assert problem.startswith("no column education, which confounds or combat of an approach names")
    assert sheet_problems(sheet(), TASKS, 36, [], SETTINGS, {"age", "tiv_ml"}) == []


def test_published_lists_are_left_to_the_jobs():
    assert sheet_problems(sheet(3, ("AD",)), TASKS, 36, [], SETTINGS, set())
    listed = SETTINGS.model_copy(update={"lists": "lists"})
    assert sheet_problems(sheet(3, ("AD",)), TASKS, 36, [], listed, set()) == []


def test_a_study_of_rates_counts_those_with_two_visits_before_a_scan_is_read():
    everybody = dict.fromkeys(sheet()["participant_id"], {})
    assert sheet_problems(sheet(), TASKS, 36, [], SETTINGS, set(), everybody) == []
    problems = sheet_problems(sheet(), TASKS, 36, [], SETTINGS, set(), {})
    assert problems and all("features: rate counts those with two visits" in problem for problem in problems)
