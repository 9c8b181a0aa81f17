import pandas as pd
import pytest

from adrepro.cohort.labels import DiagnosedVisit, label_cohort, label_course

ABBREVIATED = {"c": "CN", "m": "MCI", "e": "EMCI", "l": "LMCI", "a": "AD", "-": "n/a", "x": "control"}


def course(text, scans=None):
    """Visits from text such as `m0 m12 a36`; `scans` lists the months with a scan, all by default."""
    visits = [(ABBREVIATED[word[0]], int(word[1:])) for word in text.split()]
    return [DiagnosedVisit(months, diagnosis, scans is None or months in scans) for diagnosis, months in visits]


GOLDEN = [
    ("one visit is enough for CN", "c0", "CN"),
    ("AD that holds", "a0 a12 a24", "AD"),
    ("a group of one's own that holds", "x0 x12", "control"),
    ("CN that becomes MCI", "c0 c12 m24", "n/a"),
    ("AD that becomes MCI", "a0 m12", "n/a"),
    ("CN that comes back", "c0 m12 c24", "n/a"),
    ("no diagnosis at all", "-0 -12", "n/a"),
    ("MCI until the horizon", "m0 m12 m24 m36", "sMCI"),
    ("MCI before and after the horizon, no visit at it", "m0 m24 m48", "sMCI"),
    ("early and late MCI are MCI", "e0 l12 m36", "sMCI"),
    ("AD before the horizon", "m0 a12", "pMCI"),
    ("AD at the horizon", "l0 a36", "pMCI"),
    ("AD at the last visit, follow-up ends early", "m0 m6 a24", "pMCI"),
    ("AD after the horizon, MCI at it: stable then, not in the end", "m0 m36 a48", "MCI"),
    ("AD far after the horizon: stable at the last MCI visit too", "m0 m36 a84", "sMCI"),
    ("AD after the horizon, last MCI before it", "m0 m24 a48", "uMCI"),
    ("follow-up ends as MCI before the horizon", "m0 m24", "uMCI"),
    ("one MCI visit", "m0", "uMCI"),
    ("CN before the horizon", "m0 c12", "rMCI"),
    ("CN at the horizon", "m0 m12 c36", "rMCI"),
    ("CN after the horizon", "m0 m36 c48", "rMCI"),
    ("more than one change", "m0 a12 m24", "n/a"),
    ("MCI, CN and MCI again", "m0 c12 m24", "n/a"),
    ("a gap where both sides agree is filled", "m0 -12 m36", "sMCI"),
    ("a gap where the sides differ is left out", "m0 -12 a24", "pMCI"),
    ("a gap at the end is left out", "m0 m24 -36", "uMCI"),
    ("a gap at the start: the first known diagnosis counts", "-0 c6 c12", "CN"),
]


@pytest.mark.parametrize(("rule", "text", "label"), GOLDEN, ids=[rule for rule, _, _ in GOLDEN])
def test_golden_cases(rule, text, label):
    found = label_course(course(text), 36)
    assert found.label == label
    assert (found.reason != "") == (label == "n/a")


@pytest.mark.parametrize(("horizon", "label"), [(12, "MCI"), (24, "pMCI"), (36, "pMCI")])
def test_the_horizon_decides(horizon, label):
    assert label_course(course("m0 m12 a24"), horizon).label == label


def test_each_visit_is_judged_from_its_own_month():
    assert label_course(course("m0 m12 m36 a60"), 36).visits == ["sMCI", "uMCI", "pMCI", "n/a"]
    assert label_course(course("c0 -6 c12 -24"), 36).visits == ["CN", "CN", "CN", "n/a"]


def test_the_first_visit_with_a_scan_is_the_baseline():
    found = label_course(course("m0 m12 m36 a48", scans=[12, 48]), 36)
    assert (found.baseline, found.label) == (1, "pMCI")
    assert label_course(course("m0 a12", scans=[12]), 36).baseline == 0  # whose first diagnosis has no scan


def test_a_cohort_in_any_order_gives_people_and_visits():
    rows = [
        ("sub-2", "ses-M12", "AD", "b.nii", "12"),
        ("sub-2", "ses-M00", "MCI", "a.nii", "0"),
        ("sub-1", "n/a", "CN", "n/a", "n/a"),
    ]
    sheet = pd.DataFrame(rows, columns=["participant_id", "session_id", "diagnosis", "t1w", "months"])
    people, visits = label_cohort(sheet.assign(dataset="A", role="study"), 36)
    assert people[["participant_id", "label", "session_id"]].to_numpy().tolist() == [
        ["sub-1", "CN", "n/a"], ["sub-2", "pMCI", "ses-M00"],
    ]  # fmt: skip
    assert visits["label"].tolist() == ["CN", "pMCI", "n/a"]
