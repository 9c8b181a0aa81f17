import pandas as pd

from adrepro.cohort.labels import label_cohort
from adrepro.cohort.splits import empty_classes, splits
from adrepro.config.settings.cohort import Task
from adrepro.core.tables import read_table, write_table
from small_cohort import SETTINGS, TASKS, sheet


def test_the_step_writes_views_that_agree(tmp_path):
    table = sheet()
    paths = {name: tmp_path / f"{name}.tsv" for name in ("cohort", "labels", "visits", "included")}
    judged = label_cohort(table, 36)
    for name, content in zip(paths, (table, *judged, table), strict=True):
        write_table(paths[name], content)
    tasks = TASKS | {"age": Task(predict="age"), "sex": Task(column="sex", positive="F", negative="M")}
    splits(
        **paths, out=tmp_path / "splits" / "participants.tsv", tasks=tasks, settings=SETTINGS, seed=1, lists=[],
        rates=[], left_out_visits=[], left_out=tmp_path / "left_out.tsv",
    )  # fmt: skip
    assert read_table(tmp_path / "left_out.tsv").empty
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


def test_a_class_without_anybody_in_a_part_of_listed_splits_is_told():
    people = pd.DataFrame(
        {"participant_id": ["a", "b", "c", "d", "e"], "label": ["AD", "CN", "AD", "CN", "AD"], "role": "study"}
    )
    table = people[["participant_id", "label"]].assign(
        dataset="A", partition=["train", "train", "train", "train", "test"], fold=["0", "0", "1", "1", "n/a"]
    )
    task = {"AD_vs_CN": Task(positive="AD", negative="CN")}
    (problem,) = empty_classes(table, people, task, 2)
    assert problem.startswith("AD_vs_CN: nobody of class 0 with a rate of change is left in the test set")
