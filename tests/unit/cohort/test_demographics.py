import pandas as pd

from adrepro.cohort.demographics import balance_table, demographics_table, labeled_people
from adrepro.cohort.lists.listed_labels import listed_splits
from adrepro.cohort.lists.published_lists import read_lists
from adrepro.cohort.study_labels import study_labels
from subject_lists import listed_sheet, write_lists

PEOPLE = pd.DataFrame(
    {
        "participant_id": [f"sub-{i}" for i in range(9)],
        "dataset": ["A"] * 8 + ["B"],
        "label": ["AD"] * 9,
        "partition": ["train"] * 5 + ["test"] * 3 + ["external"],
        "age": ["60", "65", "70", "75", "80", "65", "70", "75", "n/a"],
        "sex": list("FMFMF") + list("FMM") + ["n/a"],
        "mmse": ["20"] * 8 + ["n/a"],
        "cdr": ["0.5", "0.5", "1"] + ["n/a"] * 6,
    }
)
VISITS = pd.DataFrame(
    {"participant_id": ["sub-0", "sub-0", "sub-6", "sub-6", "sub-8", "sub-8"], "label": ["AD"] * 5 + ["CN"]}
)


def test_the_layout_of_the_study():
    table = demographics_table(PEOPLE, VISITS)
    assert table[["dataset", "part", "subjects", "sessions"]].to_numpy().tolist() == [
        ["A", "all", 8, 4], ["A", "train", 5, 2], ["A", "test", 3, 3], ["B", "all", 1, 1], ["B", "external", 1, 1],
    ]  # fmt: skip
    train = table.iloc[1]
    assert train[["age", "sex", "mmse", "cdr"]].tolist() == [
        "70.0 ± 7.9 [60, 80]", "2 / 3", "20.0 ± 0.0 [20, 20]", "0.5: 2; 1: 1",
    ]  # fmt: skip
    assert table.iloc[3][["age", "mmse", "cdr"]].tolist() == ["n/a"] * 3


def test_a_label_that_is_not_tested_counts_as_a_whole(tmp_path):
    sheet, lists = listed_sheet(), write_lists(tmp_path)
    names = ["CN", "MCI", "sMCI", "pMCI"]
    entries = read_lists(lists, names)
    labels, visits = study_labels(sheet, 36, entries)
    people = labels[labels["label"].isin(names)].assign(unit=labels["participant_id"])
    splits = listed_splits(people[people["reason"] == ""], entries)
    found = labeled_people(labels, splits, sheet, ["MCI", "pMCI"])
    table = demographics_table(found, visits).set_index(["label", "part"])
    assert table[["subjects", "sessions"]].apply(tuple, axis=1).to_dict() == {
        ("MCI", "all"): (11, 21), ("MCI", "train"): (8, 16), ("MCI", "test"): (1, 1),
        ("pMCI", "all"): (5, 8), ("pMCI", "train"): (4, 6), ("pMCI", "test"): (1, 1),
    }  # fmt: skip
    assert set(labeled_people(labels, splits, sheet, [])["label"]) == {"CN", "sMCI", "pMCI", "MCI"}


def test_people_without_a_label_are_described_in_a_study_of_other_columns():
    sheet = listed_sheet((0,)).head(2)
    labels = study_labels(sheet, 36, None)[0]
    splits = sheet[["participant_id"]].assign(partition=["train", "test"])
    table = demographics_table(labeled_people(labels, splits, sheet, []), VISITS.head(0))
    assert table[["label", "part", "subjects"]].to_numpy().tolist() == [
        ["n/a", "all", 2], ["n/a", "train", 1], ["n/a", "test", 1],
    ]  # fmt: skip
    assert list(demographics_table(PEOPLE.head(0), VISITS)) == list(table)


def test_balance_is_told_per_label_and_variable():
    table = balance_table(PEOPLE).set_index("variable")
    assert table.loc["age", "p_value"] == 1 and 0 < table.loc["sex", "p_value"] < 1
