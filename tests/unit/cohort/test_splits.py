import pandas as pd

from adrepro.cohort.labels import label_cohort
from adrepro.cohort.splits import people_of, sheet_problems, split_problems, splits, training_visits, wanted_of
from adrepro.config.settings.cohort import RepeatedHoldout, SplitSettings, Task
from adrepro.core.files import read_table, write_table

TASKS = {"AD_vs_CN": Task(positive="AD", negative="CN"), "MCI_vs_CN": Task(positive="MCI", negative="CN")}
SETTINGS = SplitSettings(
    test_per_label=2, folds=2, match=None, repeated_holdout=RepeatedHoldout(iterations=3, test_fraction=0.3)
)
COURSES = {"AD": ("AD", "AD"), "CN": ("CN", "CN"), "sMCI": ("MCI", "MCI"), "pMCI": ("MCI", "AD")}


def sheet(count=6, labels=tuple(COURSES)):
    """Participants of each label with scans at month 0 and 36."""
    rows = [
        (
            f"sub-{label}{i}",
            f"ses-M{month:03}",
            "A",
            "study",
            "x.nii",
            COURSES[label][visit],
            f"{60 + i}",
            "FM"[i % 2],
            f"{month}",
        )
        for label in labels
        for i in range(count)
        for visit, month in enumerate((0, 36))
    ]
    columns = ["participant_id", "session_id", "dataset", "role", "t1w", "diagnosis", "age", "sex", "months"]
    return pd.DataFrame(rows, columns=columns).assign(mmse="n/a", cdr="n/a")


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


def test_the_step_writes_views_that_agree(tmp_path):
    table = sheet()
    paths = {name: tmp_path / f"{name}.tsv" for name in ("cohort", "labels", "visits", "included")}
    judged = label_cohort(table, 36)
    for name, content in zip(paths, (table, *judged, table), strict=True):
        write_table(paths[name], content)
    tasks = TASKS | {"age": Task(predict="age"), "sex": Task(column="sex", positive="F", negative="M")}
    splits(**paths, out=tmp_path / "splits" / "participants.tsv", tasks=tasks, settings=SETTINGS, seed=1, lists=[])
    every = read_table(tmp_path / "splits/participants.tsv").set_index("participant_id")
    assert list(every.columns) == ["dataset", "label", "partition", "fold"] and len(every) == 24
    for name in tasks:
        view = read_table(tmp_path / "splits" / f"{name}.tsv").set_index("participant_id")
        assert view.drop(columns="target").equals(every.loc[view.index])
        visits = read_table(tmp_path / "splits/longitudinal" / f"{name}.tsv")
        assert set(visits["participant_id"]) == set(view.index[view["partition"] == "train"])
    visits = read_table(tmp_path / "splits/longitudinal/MCI_vs_CN.tsv").groupby("participant_id").size()
    assert {p: n for p, n in visits.items() if n != (1 if "pMCI" in p else 2)} == {}
    assert set(read_table(tmp_path / "splits/holdout.tsv")["iteration"]) == {"0", "1", "2"}


def test_a_visit_with_another_label_is_not_trained_on():
    view = pd.DataFrame({"participant_id": ["sub-1"], "partition": ["train"], "target": [0]})
    visits = pd.DataFrame(
        {"participant_id": ["sub-1"] * 3, "session_id": ["a", "b", "c"], "label": ["sMCI", "uMCI", "n/a"]}
    )
    task = Task(positive="pMCI", negative="sMCI")
    assert training_visits(view, visits, task)["session_id"].tolist() == ["a"]
    broad = Task(positive="AD", negative="MCI")
    assert training_visits(view, visits, broad)["session_id"].tolist() == ["a", "b"]


def test_covariates_that_the_sheet_lacks_are_named_and_the_tiv_is_none_of_them():
    (problem,) = sheet_problems(sheet(), TASKS, 36, [], SETTINGS, {"education", "age", "tiv_ml"})
    assert problem.startswith("no column education, which confounds or combat of an approach names")
    assert sheet_problems(sheet(), TASKS, 36, [], SETTINGS, {"age", "tiv_ml"}) == []


def test_published_lists_are_left_to_the_jobs():
    assert sheet_problems(sheet(3, ("AD",)), TASKS, 36, [], SETTINGS, set())
    listed = SETTINGS.model_copy(update={"lists": "lists"})
    assert sheet_problems(sheet(3, ("AD",)), TASKS, 36, [], listed, set()) == []
