import pandas as pd

from adrepro.config.settings.cohort import Task
from adrepro.config.tasks import classes_of, label_names, labels_used, members, targets

PEOPLE = pd.DataFrame(
    {
        "label": ["AD", "CN", "sMCI", "MCI", "rMCI", "n/a"],
        "sex": list("FMFMF") + ["n/a"],
        "age": ["70", "61.5"] + ["n/a"] * 4,
    }
)


def found(task):
    return targets(PEOPLE, Task(**task)).fillna(-1).tolist()


def test_two_sets_of_labels():
    assert found({"positive": "AD", "negative": ["CN", "rMCI"]}) == [1, 0, -1, -1, 0, -1]


def test_mci_is_a_label_of_its_own_that_holds_the_stable_and_the_progressive():
    assert members(["MCI", "AD"]) == ["MCI", "sMCI", "pMCI", "uMCI", "AD"]
    assert found({"positive": "MCI", "negative": "CN"}) == [-1, 0, -1, 1, -1, -1]


def test_more_classes_keep_their_order():
    task = {"classes": {"healthy": "CN", "impaired": "MCI", "demented": "AD"}}
    assert list(classes_of(Task(**task))) == ["healthy", "impaired", "demented"]
    assert found(task) == [2, 0, -1, 1, -1, -1]


def test_another_column_and_a_number():
    assert found({"column": "sex", "positive": "F", "negative": "M"}) == [1, 0, 1, 0, 1, -1]
    assert found({"predict": "age"}) == [70, 61.5, -1, -1, -1, -1]


def test_labels_of_other_columns_are_no_labels():
    by_sex = Task(column="sex", positive="F", negative="M")
    tasks = {"a": Task(positive="AD", negative="MCI"), "b": by_sex}
    assert label_names(tasks) == ["AD", "MCI"]
    assert labels_used(tasks) == ["AD", "MCI", "pMCI", "sMCI", "uMCI"]
