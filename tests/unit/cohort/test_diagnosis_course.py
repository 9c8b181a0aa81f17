import random

import pytest

from adrepro.cohort.diagnosis_course import DiagnosedVisit, label_course

ABBREVIATED = {"c": "CN", "m": "MCI", "e": "EMCI", "l": "LMCI", "a": "AD", "-": "n/a", "x": "control", "s": "sMCI"}


def course(text, scans=None):
    """Visits from text such as `m0 m12 a36`; `scans` lists the months with a scan, all by default."""
    visits = [(ABBREVIATED[word[0]], int(word[1:])) for word in text.split()]
    return [DiagnosedVisit(months, diagnosis, scans is None or months in scans) for diagnosis, months in visits]


def labels(text, horizon=36, baseline="n/a"):
    """The months of each label."""
    visits = course(text)
    found = label_course(visits, horizon, baseline)
    assert (found.reason != "") == (not found.visits)
    return {label: [visits[n].months for n in at] for label, at in found.visits.items()}


GOLDEN = [
    ("one visit is enough for CN", "c0", {"CN": [0]}),
    ("AD that holds", "a0 a12", {"AD": [0, 12]}),
    ("a group of one's own that holds", "x0 x12", {"control": [0, 12]}),
    ("stable MCI as a diagnosis is MCI too", "s0", {"sMCI": [0], "MCI": [0]}),
    ("CN that becomes MCI", "c0 c12 m24", {}),
    ("AD that becomes MCI", "a0 m12", {}),
    ("CN that comes back", "c0 m12 c24", {}),
    ("no diagnosis at all", "-0 -12", {}),
    ("MCI until the horizon", "m0 m12 m36", {"sMCI": [0], "MCI": [0, 12, 36]}),
    ("MCI before and after the horizon, no visit at it", "m0 m24 m48", {"sMCI": [0], "MCI": [0, 24, 48]}),
    ("early and late MCI are MCI", "e0 l12 m36", {"sMCI": [0], "MCI": [0, 12, 36]}),
    ("AD before the horizon", "m0 a12", {"pMCI": [0], "MCI": [0]}),
    ("AD at the horizon", "l0 a36", {"pMCI": [0], "MCI": [0]}),
    ("AD at the last visit, follow-up ends early", "m0 m6 a24", {"pMCI": [0, 6], "MCI": [0, 6]}),
    ("late AD: progressive from a later visit on", "m0 m12 m36 a60", {"pMCI": [36], "MCI": [0, 12, 36]}),
    ("AD far after the horizon of the last MCI visit", "m0 m36 a84", {"sMCI": [0], "MCI": [0, 36]}),
    ("AD after the horizon, last MCI visit before it", "m0 a48", {"uMCI": [0], "MCI": [0]}),
    ("follow-up ends as MCI before the horizon", "m0 m24", {"uMCI": [0, 24], "MCI": [0, 24]}),
    ("CN before the horizon", "m0 c12", {"rMCI": [0]}),
    ("CN at the horizon", "m0 m12 c36", {"rMCI": [0, 12]}),
    ("CN after the horizon, within it of the last MCI visit", "m0 m36 c48", {"rMCI": [0, 36]}),
    ("CN far after the last MCI visit: stable, and not in the general list", "m0 m36 c84", {"sMCI": [0]}),
    ("more than one change", "m0 a12 m24", {}),
    ("MCI that becomes something else", "m0 m36 x48", {}),
    ("a gap where both sides agree is filled", "m0 -12 m36", {"sMCI": [0], "MCI": [0, 12, 36]}),
    ("a gap of two visits where both sides agree is filled", "m0 -12 -24 m36", {"sMCI": [0], "MCI": [0, 12, 24, 36]}),
    ("a gap where the sides differ is left out", "m0 -12 a24", {"pMCI": [0], "MCI": [0]}),
    ("a gap of two visits where the sides differ is left out", "m0 -6 -12 a24", {"pMCI": [0], "MCI": [0]}),
    ("a gap at the end is left out", "m0 m24 -36", {"uMCI": [0, 24], "MCI": [0, 24]}),
    ("a gap at the start: the first known diagnosis counts", "-0 c6 c12", {"CN": [6, 12]}),
]


@pytest.mark.parametrize(("rule", "text", "expected"), GOLDEN, ids=[rule for rule, _, _ in GOLDEN])
def test_golden_cases(rule, text, expected):
    assert labels(text) == expected


@pytest.mark.parametrize(("horizon", "label"), [(12, "pMCI"), (24, "pMCI"), (11, "sMCI")])
def test_the_horizon_decides(horizon, label):
    assert next(iter(labels("m0 m12 a24", horizon))) == label


@pytest.mark.parametrize(
    ("baseline", "text", "expected"),
    [
        ("EMCI", "c0 c12", {}),
        ("EMCI", "c0 m12 m48", {"sMCI": [12], "MCI": [12, 48]}),
        ("CN", "m0 m12 m36", {}),
        ("AD", "a0 a12", {"AD": [0, 12]}),
        ("LMCI", "a0 a12", {}),
    ],
)
def test_the_baseline_diagnosis_decides_on_the_family(baseline, text, expected):
    assert labels(text, baseline=baseline) == expected


def as_the_study_does(visits, horizon, baseline):
    """The rules of Wen et al. 2020 once more, session by session, as lists of participants and sessions."""
    known = []
    for number, (month, diagnosis) in enumerate(visits):
        if diagnosis == "n/a":
            earlier = [d for _, d in visits[:number] if d != "n/a"]
            later = [d for _, d in visits[number:] if d != "n/a"]
            if not earlier or not later or earlier[-1] != later[0]:
                continue
            diagnosis = earlier[-1]
        known.append((month, diagnosis))
    if baseline in ("AD", "CN"):
        return {baseline: [m for m, _ in known]} if known and {d for _, d in known} == {baseline} else {}
    turns = sum(one[1] != other[1] for one, other in zip(known, known[1:], strict=False))
    sessions = [month for month, diagnosis in known if diagnosis == "MCI"]
    if turns > 1 or not sessions:
        return {}
    judged = {}
    for start in sessions:
        exact = [d for m, d in known if m == start + horizon]
        after = [d for m, d in known if m > start + horizon]
        until = [d for m, d in known if m < start + horizon][-1]
        if exact:
            state = exact[0]
        elif not after:
            state = {"MCI": "unknown"}.get(known[-1][1], known[-1][1])
        else:
            state = until if until != "MCI" else ("MCI" if after[0] == "MCI" else "unknown")
        judged[start] = {"AD": "pMCI", "CN": "rMCI", "MCI": "sMCI", "unknown": "uMCI"}[state]
    found = {"pMCI": [m for m in sessions if judged[m] == "pMCI"]}
    if judged[sessions[-1]] not in ("rMCI", "pMCI"):
        found["sMCI"] = [m for m in sessions if judged[m] == "sMCI"]
    if known[-1][1] != "CN":
        found["MCI"] = sessions
    return {label: months for label, months in found.items() if months}


def test_random_courses_agree_with_a_second_writing_of_the_rules():
    rng, seen = random.Random(19), set()
    for _ in range(4000):
        state, visits = rng.choice(["CN", "MCI", "AD"]), []
        for month in sorted(rng.sample([0, 6, 12, 18, 24, 36, 48, 60, 72, 84, 96], rng.randint(1, 7))):
            state = rng.choices(["CN", "MCI", "AD"], [3, 9, 3])[0] if rng.random() < 0.3 else state
            visits.append((month, "n/a" if rng.random() < 0.2 else state))
        known = [d for _, d in visits if d != "n/a"]
        if not known:
            continue
        baseline = rng.choice(["AD", "CN", "MCI", "EMCI", "LMCI"]) if rng.random() < 0.2 else known[0]
        horizon = rng.choice([12, 24, 36])
        found = label_course([DiagnosedVisit(m, d) for m, d in visits], horizon, baseline)
        ours = {
            label: [visits[n][0] for n in at] for label, at in found.visits.items() if label not in ("uMCI", "rMCI")
        }
        assert ours == as_the_study_does(visits, horizon, baseline), (visits, horizon, baseline)
        seen.update(ours)
    assert seen == {"AD", "CN", "MCI", "sMCI", "pMCI"}
