import pandas as pd

from adrepro.cohort.demographics import balance_table, demographics_table

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
SCANS = pd.DataFrame({"participant_id": ["sub-0", "sub-0", "sub-6"]})


def test_the_layout_of_the_study():
    table = demographics_table(PEOPLE, SCANS)
    assert table[["dataset", "part", "subjects", "sessions"]].to_numpy().tolist() == [
        ["A", "all", 8, 3], ["A", "train", 5, 2], ["A", "test", 3, 1], ["B", "external", 1, 0],
    ]  # fmt: skip
    train = table.iloc[1]
    assert train[["age", "sex", "mmse", "cdr"]].tolist() == [
        "70.0 ± 7.9 [60, 80]", "2 / 3", "20.0 ± 0.0 [20, 20]", "0.5: 2; 1: 1",
    ]  # fmt: skip
    assert table.iloc[3][["age", "mmse", "cdr"]].tolist() == ["n/a"] * 3


def test_balance_is_told_per_label_and_variable():
    table = balance_table(PEOPLE).set_index("variable")
    assert table.loc["age", "p_value"] == 1 and 0 < table.loc["sex", "p_value"] < 1
