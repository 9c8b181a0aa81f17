"""Labels from diagnoses over time: AD and CN as held, MCI as stable or progressive."""

from pathlib import Path

import pandas as pd

from . import step
from .errors import raise_all
from .files import MISSING, write_table
from .sheet import read_sheet

MCI_FAMILY = ("MCI", "EMCI", "LMCI")
KNOWN = ("CN", "AD", *MCI_FAMILY, "sMCI", "pMCI", "uMCI", "rMCI", MISSING)


def label_participant(months: list[float], diagnoses: list[str], horizon_months: float) -> str:
    """Label of one participant at baseline, from visits in any order.

    AD, CN and any other first diagnosis count when they hold at every later visit. MCI becomes `pMCI` (AD at or
    before the horizon), `sMCI` (still MCI at the horizon or after it), `rMCI` (back to CN) or `uMCI`
    (unknown: the follow-up ends too early). More than one change of diagnosis gives `n/a` (Wen et al. 2020).
    """
    visits = sorted(
        (m, "MCI" if d in MCI_FAMILY else d) for m, d in zip(months, diagnoses, strict=True) if d != MISSING
    )
    if not visits:
        return MISSING
    course = [diagnosis for _, diagnosis in visits]
    first, changes = course[0], sum(a != b for a, b in zip(course, course[1:], strict=False))
    if first != "MCI":
        return first if changes == 0 else MISSING
    if changes > 1:
        return MISSING
    start = visits[0][0]
    until = [(m - start, d) for m, d in visits]
    if changes == 0:
        return "sMCI" if until[-1][0] >= horizon_months else "uMCI"
    change_month, new = next((m, d) for m, d in until if d != "MCI")
    if new != "AD":
        return "rMCI"
    if change_month <= horizon_months:
        return "pMCI"
    last_stable = max(m for m, d in until if d == "MCI")
    return "sMCI" if last_stable >= horizon_months else "uMCI"


def label_cohort(sheet: pd.DataFrame, horizon_months: float) -> pd.DataFrame:
    """One row per participant: `participant_id dataset role label session_id`, the last being the baseline visit."""
    rows = []
    months = pd.to_numeric(sheet["months"].replace(MISSING, "0"))
    for participant, visits in sheet.assign(months=months).groupby("participant_id", sort=True):
        baseline = visits.sort_values(["months", "session_id"]).iloc[0]
        label = label_participant(list(visits["months"]), list(visits["diagnosis"]), horizon_months)
        rows.append((participant, baseline["dataset"], baseline["role"], label, baseline["session_id"]))
    return pd.DataFrame(rows, columns=["participant_id", "dataset", "role", "label", "session_id"])


def task_labels(tasks: dict) -> list[str]:
    """Every label that a task uses, sorted."""
    return sorted({name for task in tasks.values() for side in ("positive", "negative") for name in task[side]})


def diagnosis_problems(sheet: pd.DataFrame, tasks: dict, ignore: list[str]) -> list[str]:
    """Every row whose diagnosis no task uses and no rule knows, with a remedy."""
    known = {*task_labels(tasks), *KNOWN, *ignore}
    return [
        f"line {number}: diagnosis {value!r} is in no task and is none of {', '.join(sorted(known - {MISSING}))}; "
        "correct it, or list it under ignore_diagnoses"
        for number, value in enumerate(sheet["diagnosis"], start=2)
        if value not in known
    ]


def labels(cohort: Path, out: Path, horizon_months: float, tasks: dict, ignore: list[str]) -> None:
    """Write the label of every participant; an unknown diagnosis is an error that names its row."""
    sheet = read_sheet(cohort)
    raise_all(diagnosis_problems(sheet, tasks, ignore), str(cohort))
    write_table(out, label_cohort(sheet, horizon_months))


if __name__ == "__main__":
    step.run(labels)
