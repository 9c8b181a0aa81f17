import pandas as pd

from adrepro.cohort.task_views import task_view, training_visits
from adrepro.config.settings.cohort import Task

PEOPLE = pd.DataFrame(
    [
        ("a", "M12", "pMCI", 70), ("a", "M00", "MCI", 69), ("b", "M00", "sMCI", 60), ("b", "M00", "MCI", 60),
        ("c", "M00", "CN", 65),
    ],
    columns=["participant_id", "session_id", "label", "age"],
)  # fmt: skip
SPLITS = pd.DataFrame(
    {
        "participant_id": ["a", "b", "c"],
        "dataset": "A",
        "label": ["pMCI", "sMCI", "CN"],
        "partition": "train",
        "fold": "0",
    }
)


def test_a_task_has_the_visit_of_its_own_label():
    narrow = task_view(SPLITS, PEOPLE, Task(positive="pMCI", negative="sMCI"))
    assert narrow[["participant_id", "session_id", "target"]].to_numpy().tolist() == [["a", "M12", 1], ["b", "M00", 0]]
    broad = task_view(SPLITS, PEOPLE, Task(positive=["MCI", "sMCI"], negative="CN"))
    assert broad[["session_id", "label", "target"]].to_numpy().tolist() == [
        ["M00", "MCI", 1], ["M00", "MCI", 1], ["M00", "CN", 0],
    ]  # fmt: skip
    assert task_view(SPLITS, PEOPLE, Task(predict="age"))["target"].tolist() == [70, 60, 65]


def test_a_visit_with_another_label_is_not_trained_on():
    view = pd.DataFrame({"participant_id": ["sub-1"], "partition": ["train"], "target": [0]})
    visits = pd.DataFrame(
        [("a", "sMCI"), ("a", "MCI"), ("b", "MCI"), ("c", "n/a")], columns=["session_id", "label"]
    ).assign(participant_id="sub-1", age="60")
    task = Task(positive="pMCI", negative="sMCI")
    assert training_visits(view, visits, task)["session_id"].tolist() == ["a"]
    broad = Task(positive="AD", negative="MCI")
    assert training_visits(view, visits, broad)["session_id"].tolist() == ["a", "b"]
    assert training_visits(view, visits, Task(predict="age"))["session_id"].tolist() == ["a", "b", "c"]
