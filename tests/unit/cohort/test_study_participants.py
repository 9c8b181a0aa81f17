from adrepro.cohort.labels import label_cohort, narrowest
from adrepro.cohort.study_participants import heldout_size, in_tasks, parts_of_mci, people_of, split_problems, wanted_of
from adrepro.config.settings.cohort import Task
from small_cohort import TASKS, sheet


def people(table, tasks=TASKS, group=None):
    return in_tasks(people_of(table, label_cohort(table, 36)[0], table, group), tasks)


def test_only_who_is_in_a_task_with_a_baseline_scan_takes_part():
    table = sheet()
    without = table[~((table["participant_id"] == "sub-AD0") & (table["session_id"] == "ses-M000"))]
    found = in_tasks(people_of(table, label_cohort(table, 36)[0], without, None), {"a": TASKS["AD_vs_CN"]})
    assert set(found["label"]) == {"AD", "CN"} and len(found) == 11


def test_too_few_participants_are_told_with_the_numbers():
    (problem,) = split_problems(people(sheet(3, ("AD",))), {"a": Task(positive="AD", negative="AD")}, 2, 2)
    assert "label AD: 3 participants" in problem and "needs 4" in problem


def test_mci_is_counted_as_a_whole_and_its_parts_are_held_out_apart():
    found = people(sheet())
    assert split_problems(found, TASKS, 6, 3) and not split_problems(found, {"a": TASKS["MCI_vs_CN"]}, 2, 2)
    persons = narrowest(found)
    parts = parts_of_mci(TASKS, 2)
    assert parts == ["MCI", "pMCI", "sMCI", "uMCI"]
    assert parts_of_mci({"a": Task(positive="pMCI", negative="sMCI")}, 2) == ["MCI", "uMCI"]
    assert wanted_of(persons, parts, 2) == {"AD": 2, "CN": 2, "sMCI": 2, "pMCI": 2}
    assert wanted_of(persons, parts, 5)["sMCI"] == 2 and wanted_of(persons, parts, 5)["AD"] == 5
    sizes = {"AD": 3, "CN": 2, "sMCI": 4, "MCI": 1}
    assert parts_of_mci(TASKS, sizes) == ["MCI", "pMCI"]
    assert wanted_of(persons, parts_of_mci(TASKS, sizes), sizes) == {"AD": 3, "CN": 2, "sMCI": 4, "pMCI": 1}
    assert heldout_size("uMCI", {"AD": 3, "MCI": 5}) == 5 and heldout_size("pMCI", {"AD": 3, "MCI": 5}) == 3


def test_a_participant_has_a_row_for_each_label_with_a_scan():
    table = sheet(1, ("pMCI",))
    found = people(table)
    assert found["label"].tolist() == ["pMCI", "MCI"]
    labels = label_cohort(table, 36)[0].assign(reason=["", "not tested"])
    assert people_of(table, labels, table, None)["label"].tolist() == ["pMCI"]
    sex = {"sex": Task(column="sex", positive="F", negative="M")}
    nobody = people_of(table, labels.assign(reason="none"), table, None)
    assert len(in_tasks(nobody, sex)) == 1 and in_tasks(nobody, TASKS).empty


def test_a_family_in_two_roles_is_refused():
    table = sheet().assign(family="1")
    table.loc[table["participant_id"] == "sub-AD0", "role"] = "external"
    assert "family 1 is in the study and in an external cohort" in split_problems(
        people(table, group="family"), TASKS, 1, 2
    )
