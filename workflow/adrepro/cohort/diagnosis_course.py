"""Labels of one participant from diagnoses over time (Wen et al. 2020)."""

from dataclasses import dataclass

from adrepro.config.tasks import ANY_MCI, GENERIC_MCI
from adrepro.core.files import MISSING

MCI_FAMILY = ("MCI", "EMCI", "LMCI")


@dataclass(frozen=True)
class DiagnosedVisit:
    """A visit: months since the first, diagnosis (`n/a` if unknown), and whether there is a T1w scan."""

    months: float
    diagnosis: str
    scanned: bool = True


@dataclass(frozen=True)
class CourseLabels:
    """Labels of one participant.

    Attributes
    ----------
    visits : dict of str to list of int
        Positions of the visits with each label, the narrowest label first; `MCI` contains stable, progressive and
        unknown MCI.
    reason : str
        Why there is no label; else empty.
    """

    visits: dict[str, list[int]]
    reason: str = ""


def without_subtype(diagnosis: str) -> str:
    """Return `MCI` for early and late MCI, other diagnoses as they are.

    Parameters
    ----------
    diagnosis : str
        Diagnosis of a visit or at baseline.
    """
    return ANY_MCI if diagnosis in MCI_FAMILY else diagnosis


def fill_diagnosis_gaps(diagnoses: list[str]) -> list[str]:
    """Return diagnoses with EMCI and LMCI as MCI, and gaps filled between visits that agree.

    A gap may be several visits long. A gap between visits that differ, or at an end, stays.

    Parameters
    ----------
    diagnoses : list of str
        Diagnosis of each visit in the order of time, `n/a` if unknown.
    """
    found = [without_subtype(diagnosis) for diagnosis in diagnoses]
    known = [number for number, diagnosis in enumerate(found) if diagnosis != MISSING]
    for before, after in zip(known, known[1:], strict=False):
        if found[before] == found[after]:
            found[before : after + 1] = [found[before]] * (after - before + 1)
    return found


def label_mci(course: list[tuple[float, str]], start: float, horizon_months: float) -> str:
    """Return the label of one MCI visit, judged from that visit on.

    Parameters
    ----------
    course : list of tuple
        Month and diagnosis of each visit with a diagnosis, in the order of time, with at most one change.
    start : float
        Month of the MCI visit to label.
    horizon_months : float
        Follow-up after which MCI is stable, in months.

    Returns
    -------
    str
        `pMCI`: AD at the horizon or before; `rMCI`: CN by then; `sMCI`: still MCI at the horizon, or at the visits
        before and after it; `uMCI` (unknown): follow-up ends before the horizon, or the diagnosis changes between the
        visit before the horizon and the one after it.
    """
    horizon = start + horizon_months
    before = next(diagnosis for months, diagnosis in reversed(course) if months <= horizon)
    if before != ANY_MCI:
        return "pMCI" if before == "AD" else "rMCI"
    after = next((diagnosis for months, diagnosis in course if months >= horizon), None)
    return "sMCI" if after == ANY_MCI else "uMCI"


def label_course(visits: list[DiagnosedVisit], horizon_months: float, baseline: str = MISSING) -> CourseLabels:
    """Label one participant.

    The baseline diagnosis decides on the family. AD, CN and any other diagnosis but MCI is the label if every visit
    has it. Of participants with MCI, each MCI visit is labeled by `label_mci`: the participant has `pMCI` at the visits
    that are progressive, from the first of them on; else `sMCI` at stable visits, unless the last MCI visit is
    reverting; else `uMCI`. All their MCI visits have the general label `MCI` too, unless the participant is CN in the
    end, however late. A diagnosis that changes more than once, or to another than CN and AD, gives no label.

    Parameters
    ----------
    visits : list of DiagnosedVisit
        Visits in the order of time.
    horizon_months : float
        Follow-up after which MCI is stable, in months.
    baseline : str, optional
        Diagnosis at baseline, which may differ from that of the first visit (ADNI's `diagnosis_sc`); by default the
        first known diagnosis.

    Returns
    -------
    CourseLabels
        The visits of each label.

    References
    ----------
    Wen et al. 2020, Medical Image Analysis 63:101694.
    """
    diagnoses = fill_diagnosis_gaps([visit.diagnosis for visit in visits])
    course = [(visit.months, d) for visit, d in zip(visits, diagnoses, strict=True) if d != MISSING]
    if not course:
        return CourseLabels({}, "no diagnosis at any visit")
    first = without_subtype(baseline) if baseline != MISSING else course[0][1]
    at = [number for number, diagnosis in enumerate(diagnoses) if diagnosis == first]
    if first != ANY_MCI:
        turns = _in_words([(months, diagnosis) for months, diagnosis in course if diagnosis != first])
        if turns:
            return CourseLabels({}, f"the diagnosis at baseline, {first}, does not hold: {turns}")
        return CourseLabels({first: at} | ({ANY_MCI: at} if first in GENERIC_MCI else {}))
    if others := [(months, diagnosis) for months, diagnosis in course if diagnosis not in (ANY_MCI, "CN", "AD")]:
        return CourseLabels({}, f"MCI at baseline, and {_in_words(others)}")
    changes = [(m, d) for (_, before), (m, d) in zip(course, course[1:], strict=False) if d != before]
    if len(changes) > 1:
        return CourseLabels({}, f"the diagnosis changes more than once: {_in_words(changes)}")
    if not at:
        return CourseLabels({}, f"{baseline} at baseline, and MCI at no visit")
    return CourseLabels(_labels_of_mci(visits, course, at, horizon_months))


def _labels_of_mci(
    visits: list[DiagnosedVisit], course: list[tuple[float, str]], at: list[int], horizon_months: float
) -> dict[str, list[int]]:
    """Return the visits of each label of a participant with MCI at the visits `at`."""
    label = {number: label_mci(course, visits[number].months, horizon_months) for number in at}
    general = {} if course[-1][1] == "CN" else {ANY_MCI: at}
    if progressive := [number for number in at if label[number] == "pMCI"]:
        return {"pMCI": progressive} | general
    stable = [number for number in at if label[number] == "sMCI"]
    if stable and label[at[-1]] != "rMCI":
        return {"sMCI": stable} | general
    return {"uMCI" if general else "rMCI": at} | general


def _in_words(course: list[tuple[float, str]]) -> str:
    return ", ".join(f"{diagnosis} at month {months:g}" for months, diagnosis in course)
