import pandas as pd

from adrepro.cohort.labels import label_cohort
from adrepro.cohort.lists.listed_labels import listed_splits, relabel
from adrepro.cohort.lists.published_lists import read_lists
from subject_lists import listed_sheet, write_lists

NAMES = ["AD", "CN", "MCI", "sMCI", "pMCI"]


def listed(folder, sheet=None):
    sheet = listed_sheet() if sheet is None else sheet
    entries = read_lists(write_lists(folder), NAMES)
    return *relabel(*label_cohort(sheet, 36), sheet, entries), entries


def test_each_label_has_the_first_session_of_its_own_list(tmp_path):
    labels, _, _ = listed(tmp_path)
    own = labels[labels["participant_id"].isin(["sub-pMCI1", "sub-sMCI4", "sub-other"])]
    assert own[["participant_id", "label", "session_id", "reason"]].to_numpy().tolist() == [
        ["sub-other", "n/a", "ses-M000", "not in the published lists"],
        ["sub-pMCI1", "pMCI", "ses-M012", ""], ["sub-pMCI1", "MCI", "ses-M000", ""],
        ["sub-sMCI4", "sMCI", "ses-M000", ""],
        ["sub-sMCI4", "MCI", "ses-M000", "in no training or test list of MCI"],
    ]  # fmt: skip


def test_each_label_has_the_sessions_of_its_own_list(tmp_path):
    _, visits, _ = listed(tmp_path)
    own = visits[visits["participant_id"] == "sub-pMCI1"]
    assert sorted(zip(own["session_id"], own["label"], strict=True)) == [
        ("ses-M000", "MCI"), ("ses-M012", "MCI"), ("ses-M012", "pMCI"), ("ses-M024", "n/a"),
    ]  # fmt: skip
    assert visits["label"].value_counts().to_dict() == {"MCI": 21, "n/a": 25, "AD": 10, "CN": 10, "sMCI": 10, "pMCI": 8}


def test_a_first_session_that_the_sheet_lacks_is_named(tmp_path):
    sheet = listed_sheet().query("participant_id != 'sub-AD0' or months != '0'")
    labels, visits, _ = listed(tmp_path, sheet)
    (reason,) = labels.loc[labels["participant_id"] == "sub-AD0", "reason"]
    assert reason == "ses-M00, the first session as AD (train/AD_baseline.tsv line 2), is not in the sheet"
    assert visits.loc[visits["participant_id"] == "sub-AD0", "label"].tolist() == ["AD", "n/a"]


def test_an_external_dataset_follows_lists_that_name_its_participants(tmp_path):
    external = pd.concat(
        [
            listed_sheet().query("participant_id in ['sub-AD4', 'sub-other']").assign(dataset="B", diagnosis="CN"),
            listed_sheet()
            .query("participant_id == 'sub-other'")
            .assign(dataset="C", diagnosis="CN", participant_id="sub-C"),
        ]
    ).assign(role="external")
    sheet = pd.concat(
        [listed_sheet().query("participant_id not in ['sub-AD4', 'sub-other']"), external], ignore_index=True
    )
    labels, _, entries = listed(tmp_path, sheet)
    own = labels[labels["role"] == "external"].set_index("participant_id")
    assert own["label"].to_dict() == {"sub-AD4": "AD", "sub-other": "n/a", "sub-C": "CN"}
    people = labels[labels["reason"] == ""]
    splits = listed_splits(people, entries).set_index("participant_id")
    assert splits.loc[["sub-AD4", "sub-C", "sub-AD0"], "partition"].tolist() == ["external", "external", "train"]


def test_parts_and_folds_are_those_of_the_lists(tmp_path):
    labels, _, entries = listed(tmp_path)
    splits = listed_splits(labels[labels["reason"] == ""], entries).set_index("participant_id")
    assert splits.loc[["sub-AD0", "sub-AD1", "sub-AD4"], ["partition", "fold"]].to_numpy().tolist() == [
        ["train", "0"], ["train", "1"], ["test", "n/a"],
    ]  # fmt: skip
    assert splits["label"].value_counts().to_dict() == {"AD": 5, "CN": 5, "sMCI": 5, "pMCI": 5, "MCI": 1}


def test_visits_without_a_month_or_a_scan_are_not_taken_for_the_first_session(tmp_path):
    sheet = listed_sheet()
    untimed = sheet["participant_id"] == "sub-AD0"
    sheet.loc[untimed, "months"] = "n/a"
    sheet.loc[untimed, "session_id"] = ["ses-a", "ses-b", "ses-c"]
    sheet.loc[(sheet["participant_id"] == "sub-AD1") & (sheet["months"] == "0"), "t1w"] = "n/a"
    labels, _, _ = listed(tmp_path, sheet)
    reasons = labels.set_index("participant_id")["reason"]
    assert reasons["sub-AD0"].endswith("is not in the sheet") and reasons["sub-AD1"].endswith(
        "has no scan in the sheet"
    )
