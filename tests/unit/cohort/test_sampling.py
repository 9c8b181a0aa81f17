import pandas as pd
import pytest

from adrepro.cohort.covariate_balance import age_p, sex_p
from adrepro.cohort.sampling import draw_splits, holdouts
from adrepro.config.settings.cohort import Match
from adrepro.core.errors import UserError


def people(count=20, external=4, labels=("AD", "CN"), family=None):
    rows = [
        (f"sub-{label}{i:02}", "A", "study", label, 60.0 + i % 10, "FM"[i % 2])
        for label in labels
        for i in range(count)
    ]
    rows += [(f"sub-X{i}", "B", "external", "AD", 70.0, "F") for i in range(external)]
    table = pd.DataFrame(rows, columns=["participant_id", "dataset", "role", "label", "age", "sex"])
    return table.assign(unit=table["participant_id"] if family is None else family(table))


def draw(table, match=None, seed=1, folds=3, wanted=6):
    return draw_splits(table, dict.fromkeys(table["label"], wanted), folds, match, seed)


def test_partitions_are_complete_and_apart():
    table = draw(people())
    assert table["participant_id"].is_unique
    counts = table.groupby(["label", "partition"]).size()
    assert counts["AD", "test"] == counts["CN", "test"] == 6
    assert set(table[table["dataset"] == "B"]["partition"]) == {"external"}
    folds = table[table["partition"] == "train"].groupby(["label", "fold"]).size()
    assert folds.max() - folds.min() <= 1
    assert set(table[table["partition"] != "train"]["fold"]) == {"n/a"}


def test_the_order_of_rows_changes_nothing_and_the_seed_does():
    one = draw(people())
    assert one.equals(draw(people().sample(frac=1, random_state=0)))
    assert not one.equals(draw(people(), seed=2))


def test_other_participants_do_not_move_a_label():
    whole = draw(people(labels=("AD", "CN", "MCI"), external=9))
    alone = draw(people(external=0))
    assert alone.equals(whole[whole["participant_id"].isin(alone["participant_id"])].reset_index(drop=True))


def test_a_matched_test_set_is_alike_and_an_impossible_one_is_told():
    match = Match(age_p=0.8, sex_p=0.8, draws=2000)
    table = draw(people(), match).merge(people(), on=["participant_id", "label"])
    for _, own in table[table["partition"] != "external"].groupby("label"):
        held = (own["partition"] == "test").to_numpy()
        assert age_p(own["age"], held) >= 0.8 and sex_p(own["sex"], held) >= 0.8
    with pytest.raises(UserError, match=r"none of 50 draws.*sex_p 0\.\d\d for"):
        draw(people(), Match(age_p=0.8, sex_p=0.999, draws=50), wanted=5)


def test_families_stay_together_across_labels():
    table = people(family=lambda t: "family " + t["participant_id"].str[-2:])  # one AD and one CN in each
    drawn = draw(table).merge(table, on="participant_id")
    study = drawn[drawn["role"] == "study"]
    assert (study.groupby("unit")[["partition", "fold"]].nunique() == 1).all(axis=None)
    assert (study[study["partition"] == "test"]["label_x"].value_counts() == 6).all()
    held = holdouts(table, 5, 0.3, seed=1).merge(table, on="participant_id")
    assert (held.groupby(["iteration", "unit"]).size() == 2).all()


def test_holdouts_are_stratified_and_differ():
    table = holdouts(people(), 4, 0.3, seed=1).merge(people(), on="participant_id")
    assert (table.groupby(["iteration", "label"]).size() == 6).all()
    assert table.groupby("iteration")["participant_id"].agg(tuple).nunique() == 4
