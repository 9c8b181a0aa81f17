import pandas as pd
import pytest

from adrepro.cohort.repeat_visits import NO_RATE, repeat_visits, with_rates
from adrepro.core.errors import UserError

VISITS = [
    ("sub-1", "ses-B", "12"), ("sub-1", "ses-A", "0"), ("sub-1", "ses-C", "48"),
    ("sub-2", "ses-A", "0"),
    ("sub-3", "ses-A", "0"), ("sub-3", "ses-B", "0"),  # twice in one month
    ("sub-4", "ses-A", "0"), ("sub-4", "ses-B", "n/a"),
]  # fmt: skip


def tables():
    sheet = pd.DataFrame(VISITS, columns=["participant_id", "session_id", "months"]).assign(diagnosis="CN")
    return sheet.assign(scan=sheet["participant_id"] + "_" + sheet["session_id"])[
        ["participant_id", "session_id", "scan"]
    ], sheet


def test_participants_with_two_months_are_found_with_their_scans_in_the_order_of_time():
    found = repeat_visits(*tables(), None)
    assert {p: list(v.items()) for p, v in found.items()} == {
        "sub-1": [("sub-1_ses-A", 0.0), ("sub-1_ses-B", 12.0), ("sub-1_ses-C", 48.0)]
    }


def test_late_visits_are_not_used():
    assert list(repeat_visits(*tables(), 24)["sub-1"]) == ["sub-1_ses-A", "sub-1_ses-B"]
    assert repeat_visits(*tables(), 6) == {}


def test_a_scan_that_was_excluded_does_not_count():
    included, sheet = tables()
    assert list(repeat_visits(included[included["session_id"] != "ses-A"], sheet, None)["sub-1"]) == [
        "sub-1_ses-B", "sub-1_ses-C",
    ]  # fmt: skip


def test_visits_from_a_change_of_diagnosis_on_tell_what_is_predicted_and_do_not_count():
    included, sheet = tables()
    course = {"ses-A": "EMCI", "ses-B": "MCI", "ses-C": "AD"}
    sheet = sheet.assign(diagnosis=sheet["session_id"].map(course))
    assert list(repeat_visits(included, sheet, None)["sub-1"]) == ["sub-1_ses-A", "sub-1_ses-B"]
    early = sheet.assign(diagnosis=sheet["session_id"].map({**course, "ses-B": "AD"}))
    assert repeat_visits(included, early, None) == {}
    unknown = sheet.assign(diagnosis="n/a")
    assert len(repeat_visits(included, unknown, None)["sub-1"]) == 3


def test_only_participants_with_a_rate_of_every_atlas_take_part_if_an_approach_uses_rates():
    people = pd.DataFrame({"participant_id": ["sub-1", "sub-2", "sub-3"], "session_id": ["a", "a", "n/a"]})
    people["dataset"] = "A"
    rates = [people.iloc[:2], people.iloc[[0, 2]]]
    taking_part, left_out = with_rates(people, rates)
    assert taking_part["participant_id"].tolist() == ["sub-1"]
    assert left_out.to_numpy().tolist() == [[*p, "rate of change", NO_RATE] for p in (("sub-2", "a"), ("sub-3", "n/a"))]
    assert len(with_rates(people, [])[0]) == 3


def test_a_dataset_that_nobody_is_left_of_is_told():
    people = pd.DataFrame({"participant_id": ["sub-1", "sub-2"], "session_id": "a", "dataset": ["A", "B"]})
    with pytest.raises(UserError, match="dataset B: no participant has two visits for the rate of change"):
        with_rates(people, [people.iloc[:1]])
