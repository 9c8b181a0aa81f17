"""Labels from diagnoses over time: stable AD and CN, stable or progressive MCI (Wen et al. 2020)."""

from dataclasses import dataclass

import pandas as pd

from adrepro.config.settings.cohort import Task
from adrepro.config.tasks import labels_used
from adrepro.core.files import MISSING
from adrepro.core.user_tables import LINE

MCI_FAMILY = ("MCI", "EMCI", "LMCI")
KNOWN = ("CN", "AD", *MCI_FAMILY, "sMCI", "pMCI", "uMCI", "rMCI", MISSING)


@dataclass(frozen=True)
class DiagnosedVisit:
    """A visit: months since the first, diagnosis (`n/a` if unknown), and whether there is a T1w scan."""

    months: float
    diagnosis: str
    scanned: bool = True


@dataclass(frozen=True)
class ParticipantLabel:
    """Label of a participant.

    Attributes
    ----------
    label : str
        `n/a` if the rules give none.
    baseline : int
        Index of the visit that the label belongs to.
    visits : list of str
        Label of each visit; `n/a` for a visit that cannot be used.
    reason : str
        Why there is no label; else empty.
    """

    label: str
    baseline: int
    visits: list[str]
    reason: str = ""


def fill_diagnosis_gaps(diagnoses: list[str]) -> list[str]:
    """Return diagnoses with EMCI and LMCI as MCI, and gaps filled between visits that agree.

    Parameters
    ----------
    diagnoses : list of str
        Diagnosis of each visit in the order of time, `n/a` if unknown.
    """
    found = ["MCI" if diagnosis in MCI_FAMILY else diagnosis for diagnosis in diagnoses]
    known = [number for number, diagnosis in enumerate(found) if diagnosis != MISSING]
    for before, after in zip(known, known[1:], strict=False):
        if found[before] == found[after]:
            found[before : after + 1] = [found[before]] * (after - before + 1)
    return found


def label_mci(visits: list[tuple[float, str]], start: float, horizon_months: float) -> str:
    """Return the label of an MCI visit.

    Parameters
    ----------
    visits : list of tuple
        Month and diagnosis of each visit with a diagnosis, in the order of time, with at most one change.
    start : float
        Month of the MCI visit to label.
    horizon_months : float
        Follow-up after which MCI is stable, in months.

    Returns
    -------
    str
        `pMCI`: AD at the horizon or before; `rMCI`: CN by then; `sMCI`: still MCI at the horizon or after it; `uMCI`
        (unknown): follow-up ends before the horizon, or the change is after the horizon without an MCI visit between.
    """
    last_mci = max(months for months, diagnosis in visits if diagnosis == "MCI") - start
    changed = [(months - start, diagnosis) for months, diagnosis in visits if diagnosis != "MCI"]
    if changed and changed[0][0] <= horizon_months:
        return "pMCI" if changed[0][1] == "AD" else "rMCI"
    return "sMCI" if last_mci >= horizon_months else "uMCI"


def label_course(visits: list[DiagnosedVisit], horizon_months: float) -> ParticipantLabel:
    """Label one participant.

    AD, CN and any other first diagnosis is the label if it is the diagnosis of every later visit. MCI is labeled by
    `label_mci` at the first visit with a scan. A participant that is stable there and progresses later has the general
    label `MCI`; one that is CN at the end is `rMCI`, however late; a diagnosis that changes more than once gives no
    label.

    Parameters
    ----------
    visits : list of DiagnosedVisit
        Visits in the order of time.
    horizon_months : float
        Follow-up after which MCI is stable, in months.

    Returns
    -------
    ParticipantLabel
        The label with its baseline visit, and the label of each visit.

    References
    ----------
    Wen et al. 2020, Medical Image Analysis 63:101694.
    """
    diagnoses = fill_diagnosis_gaps([visit.diagnosis for visit in visits])
    course = [(visit.months, d) for visit, d in zip(visits, diagnoses, strict=True) if d != MISSING]
    nothing = [MISSING] * len(visits)
    if not course:
        return ParticipantLabel(MISSING, 0, nothing, "no diagnosis at any visit")
    first = course[0][1]
    changes = [(m, d) for (_, before), (m, d) in zip(course, course[1:], strict=False) if d != before]
    scanned = [n for n, (visit, d) in enumerate(zip(visits, diagnoses, strict=True)) if d == first and visit.scanned]
    baseline = scanned[0] if scanned else diagnoses.index(first)
    if len(changes) > (first == "MCI"):
        turns = ", ".join(f"{diagnosis} at month {months:g}" for months, diagnosis in changes)
        return ParticipantLabel(MISSING, baseline, nothing, f"the first diagnosis, {first}, does not hold: {turns}")
    if first != "MCI":
        return ParticipantLabel(first, baseline, [first if d == first else MISSING for d in diagnoses])
    at = [
        label_mci(course, visit.months, horizon_months) if d == "MCI" else MISSING
        for visit, d in zip(visits, diagnoses, strict=True)
    ]
    last_mci, end = max(m for m, d in course if d == "MCI"), course[-1][1]
    if end == "CN":
        return ParticipantLabel("rMCI", baseline, at)
    if at[baseline] == "sMCI" and label_mci(course, last_mci, horizon_months) == "pMCI":
        return ParticipantLabel("MCI", baseline, at)
    return ParticipantLabel(at[baseline], baseline, at)


def sort_visits(sheet: pd.DataFrame) -> pd.DataFrame:
    """Return a cohort sheet with `months` as numbers, sorted by participant and time.

    Parameters
    ----------
    sheet : DataFrame
        Cohort sheet, every value as text.

    Returns
    -------
    DataFrame
        Visits without a month come first, as baseline.
    """
    months = pd.to_numeric(sheet["months"].replace(MISSING, "0"))
    return sheet.assign(months=months).sort_values(["participant_id", "months", "session_id"], ignore_index=True)


def label_cohort(sheet: pd.DataFrame, horizon_months: float) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return the labels of all participants and of all visits.

    Parameters
    ----------
    sheet : DataFrame
        Cohort sheet.
    horizon_months : float
        Follow-up after which MCI is stable, in months.

    Returns
    -------
    people : DataFrame
        `participant_id dataset role label session_id reason`, where `session_id` is the visit that the label belongs
        to.
    visits : DataFrame
        `participant_id session_id months label`, with the label with which a scan of that visit may be trained on.
    """
    people, visits = [], []
    for participant, own in sort_visits(sheet).groupby("participant_id", sort=True):
        rows = own.to_dict("records")
        course = [DiagnosedVisit(row["months"], row["diagnosis"], row["t1w"] != MISSING) for row in rows]
        found = label_course(course, horizon_months)
        base = rows[found.baseline]
        people.append((participant, base["dataset"], base["role"], found.label, base["session_id"], found.reason))
        visits += [(participant, r["session_id"], r["months"], v) for r, v in zip(rows, found.visits, strict=True)]
    columns = ["participant_id", "dataset", "role", "label", "session_id", "reason"]
    return (
        pd.DataFrame(people, columns=columns),
        pd.DataFrame(visits, columns=["participant_id", "session_id", "months", "label"]),
    )


def diagnosis_problems(sheet: pd.DataFrame, tasks: dict[str, Task], ignore: list[str]) -> list[str]:
    """Return a problem for each row of the sheet with an unknown diagnosis.

    Parameters
    ----------
    sheet : DataFrame
        Cohort sheet.
    tasks : dict of Task
        Prediction tasks by name; their labels are valid diagnoses.
    ignore : list of str
        Further valid diagnoses.
    """
    known = {*labels_used(tasks), *KNOWN, *ignore}
    lines = sheet.attrs.get(LINE, range(2, len(sheet) + 2))
    return [
        f"line {number}: diagnosis {value!r} is in no task and is none of {', '.join(sorted(known - {MISSING}))}; "
        "correct it, or list it under ignore_diagnoses"
        for number, value in zip(lines, sheet["diagnosis"], strict=True)
        if value not in known
    ]
