"""Labels from diagnoses over time: AD and CN as held, MCI as stable or progressive (Wen et al. 2020)."""

from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from adrepro.cohort.cohort_sheet import read_sheet
from adrepro.cohort.published_lists import relabelled
from adrepro.config.tasks import labels_used
from adrepro.core import step
from adrepro.core.errors import raise_all
from adrepro.core.files import MISSING, write_table
from adrepro.core.user_tables import LINE

MCI_FAMILY = ("MCI", "EMCI", "LMCI")
KNOWN = ("CN", "AD", *MCI_FAMILY, "sMCI", "pMCI", "uMCI", "rMCI", MISSING)


@dataclass(frozen=True)
class Visit:
    """One visit: months since the first, the diagnosis then (`n/a` if none), and whether there is a T1w scan."""

    months: float
    diagnosis: str
    scanned: bool = True


@dataclass(frozen=True)
class Labelled:
    """A participant's label, the number of the visit at which it was judged, and the label at each visit.

    `label` is `n/a` where the rules give none, and `reason` then says why. A visit is `n/a` where it cannot be used.
    """

    label: str
    baseline: int
    visits: list[str]
    reason: str = ""


def completed(diagnoses: list[str]) -> list[str]:
    """Diagnoses in the order of time, EMCI and LMCI as MCI; a gap is filled where the visits around it agree."""
    found = ["MCI" if diagnosis in MCI_FAMILY else diagnosis for diagnosis in diagnoses]
    known = [number for number, diagnosis in enumerate(found) if diagnosis != MISSING]
    for before, after in zip(known, known[1:], strict=False):
        if found[before] == found[after]:
            found[before : after + 1] = [found[before]] * (after - before + 1)
    return found


def label_mci(visits: list[tuple[float, str]], start: float, horizon_months: float) -> str:
    """Label of an MCI visit at month `start`, from all visits (month, diagnosis) of a course with at most one change.

    `pMCI`: AD at the horizon or before; `rMCI`: CN by then; `sMCI`: still MCI at the horizon or after it; `uMCI`
    (unknown): the follow-up ends before, or the change lies after the horizon and no MCI visit between.
    """
    last_mci = max(months for months, diagnosis in visits if diagnosis == "MCI") - start
    changed = [(months - start, diagnosis) for months, diagnosis in visits if diagnosis != "MCI"]
    if changed and changed[0][0] <= horizon_months:
        return "pMCI" if changed[0][1] == "AD" else "rMCI"
    return "sMCI" if last_mci >= horizon_months else "uMCI"


def label_course(visits: list[Visit], horizon_months: float) -> Labelled:
    """Label one participant from visits in the order of time.

    AD, CN and any other first diagnosis count when they hold at every later visit. MCI is judged by `label_mci` at the
    first visit with a scan. Who is stable there and progresses later keeps only the general label `MCI`; who is CN in
    the end is `rMCI`, however late; a diagnosis that changes more than once gives no label.
    """
    diagnoses = completed([visit.diagnosis for visit in visits])
    course = [(visit.months, d) for visit, d in zip(visits, diagnoses, strict=True) if d != MISSING]
    nothing = [MISSING] * len(visits)
    if not course:
        return Labelled(MISSING, 0, nothing, "no diagnosis at any visit")
    first = course[0][1]
    changes = [(m, d) for (_, before), (m, d) in zip(course, course[1:], strict=False) if d != before]
    usable = [n for n, (visit, d) in enumerate(zip(visits, diagnoses, strict=True)) if d == first and visit.scanned]
    baseline = usable[0] if usable else diagnoses.index(first)
    if len(changes) > (first == "MCI"):
        turns = ", ".join(f"{diagnosis} at month {months:g}" for months, diagnosis in changes)
        return Labelled(MISSING, baseline, nothing, f"the first diagnosis, {first}, does not hold: {turns}")
    if first != "MCI":
        return Labelled(first, baseline, [first if d == first else MISSING for d in diagnoses])
    at = [
        label_mci(course, visit.months, horizon_months) if d == "MCI" else MISSING
        for visit, d in zip(visits, diagnoses, strict=True)
    ]
    last_mci, end = max(m for m, d in course if d == "MCI"), course[-1][1]
    if end == "CN":
        return Labelled("rMCI", baseline, at)
    if at[baseline] == "sMCI" and label_mci(course, last_mci, horizon_months) == "pMCI":
        return Labelled("MCI", baseline, at)
    return Labelled(at[baseline], baseline, at)


def in_time(sheet: pd.DataFrame) -> pd.DataFrame:
    """The sheet with `months` as numbers, each participant's visits in the order of time."""
    months = pd.to_numeric(sheet["months"].replace(MISSING, "0"))
    return sheet.assign(months=months).sort_values(["participant_id", "months", "session_id"], ignore_index=True)


def label_cohort(sheet: pd.DataFrame, horizon_months: float) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Labels of all participants and of all visits.

    Returns
    -------
    people : DataFrame
        `participant_id dataset role label session_id reason`, `session_id` being the visit the label was judged at.
    visits : DataFrame
        `participant_id session_id months label`: what a scan of that visit may be trained as.
    """
    people, visits = [], []
    for participant, own in in_time(sheet).groupby("participant_id", sort=True):
        rows = own.to_dict("records")
        course = [Visit(row["months"], row["diagnosis"], row["t1w"] != MISSING) for row in rows]
        found = label_course(course, horizon_months)
        base = rows[found.baseline]
        people.append((participant, base["dataset"], base["role"], found.label, base["session_id"], found.reason))
        visits += [(participant, r["session_id"], r["months"], v) for r, v in zip(rows, found.visits, strict=True)]
    columns = ["participant_id", "dataset", "role", "label", "session_id", "reason"]
    return (
        pd.DataFrame(people, columns=columns),
        pd.DataFrame(visits, columns=["participant_id", "session_id", "months", "label"]),
    )


def diagnosis_problems(sheet: pd.DataFrame, tasks: dict, ignore: list[str]) -> list[str]:
    """Every row whose diagnosis no task uses and no rule knows, with a remedy."""
    known = {*labels_used(tasks), *KNOWN, *ignore}
    lines = sheet.attrs.get(LINE, range(2, len(sheet) + 2))
    return [
        f"line {number}: diagnosis {value!r} is in no task and is none of {', '.join(sorted(known - {MISSING}))}; "
        "correct it, or list it under ignore_diagnoses"
        for number, value in zip(lines, sheet["diagnosis"], strict=True)
        if value not in known
    ]


def labels(
    cohort: Path, out: Path, visits: Path, horizon_months: float, tasks: dict, ignore: list[str], lists: list[Path]
) -> None:
    """Write the labels of participants and visits; an unknown diagnosis is an error that names its row.

    `lists` holds the folder of published lists, if these give the labels.
    """
    sheet = read_sheet(cohort)
    raise_all(diagnosis_problems(sheet, tasks, ignore), str(cohort))
    people, judged = label_cohort(sheet, horizon_months)
    for folder in lists:
        people, judged = relabelled(people, judged, folder)
    write_table(out, people)
    write_table(visits, judged)


if __name__ == "__main__":
    step.run(labels)
