import pandas as pd

from adrepro.splits import draw_splits, split_problems, task_view

TASKS = {"AD_vs_CN": {"positive": ["AD"], "negative": ["CN"]}}


def people(count=20, external=4):
    rows = [(f"sub-{label}{i}", "A", "study", label) for label in ("AD", "CN") for i in range(count)]
    rows += [(f"sub-X{i}", "B", "external", "AD") for i in range(external)]
    return pd.DataFrame(rows, columns=["participant_id", "dataset", "role", "label"])


def test_partitions_are_complete_and_apart():
    table = draw_splits(people(), 6, 3, seed=1)
    assert table["participant_id"].is_unique
    counts = table.groupby(["label", "partition"]).size()
    assert counts["AD", "test"] == counts["CN", "test"] == 6
    assert set(table[table["dataset"] == "B"]["partition"]) == {"external"}
    folds = table[table["partition"] == "train"].groupby(["label", "fold"]).size()
    assert folds.max() - folds.min() <= 1
    assert set(table[table["partition"] != "train"]["fold"]) == {"n/a"}


def test_the_order_of_rows_changes_nothing_and_the_seed_does():
    one = draw_splits(people(), 6, 3, seed=1)
    assert one.equals(draw_splits(people().sample(frac=1, random_state=0), 6, 3, seed=1))
    assert not one.equals(draw_splits(people(), 6, 3, seed=2))


def test_another_label_does_not_move_a_participant():
    alone = people()[people()["label"] == "AD"]
    whole = draw_splits(people(), 6, 3, seed=1)
    assert draw_splits(alone, 6, 3, seed=1).equals(whole[whole["label"] == "AD"].reset_index(drop=True))


def test_too_few_participants_are_told_with_the_numbers():
    (problem,) = split_problems(people().iloc[:28], TASKS, 6, 3)
    assert "label CN: 8" in problem


def test_a_view_names_the_positive_class():
    view = task_view(draw_splits(people(), 6, 3, seed=1), TASKS["AD_vs_CN"])
    assert set(view[view["target"] == 1]["label"]) == {"AD"}
