"""Labels of all participants and visits of a cohort sheet."""

from itertools import groupby
from operator import itemgetter

import pandas as pd

from adrepro.cohort.diagnosis_course import MCI_FAMILY, DiagnosedVisit, label_course, without_subtype
from adrepro.config.settings.cohort import Task
from adrepro.config.tasks import ANY_MCI, GENERIC_MCI, labels_used
from adrepro.core.files import MISSING
from adrepro.core.user_tables import LINE

BASELINE_DIAGNOSIS = "diagnosis_bl"  # optional column of the sheet
KNOWN = ("CN", "AD", *MCI_FAMILY, *GENERIC_MCI, "rMCI", MISSING)
LABEL_COLUMNS = ["participant_id", "dataset", "role", "label", "session_id", "reason"]
VISIT_COLUMNS = ["participant_id", "session_id", "months", "label"]


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
    labels : DataFrame
        `participant_id dataset role label session_id reason`: a row for each label of a participant, with the first
        visit that has it, of those with a scan if there are any; `reason` tells why there is none.
    visits : DataFrame
        `participant_id session_id months label`: a row for each label of a visit, `n/a` for a visit without any.
    """
    people, visits = [], []
    ordered = sort_visits(sheet).to_dict("records")
    for participant, own in groupby(ordered, key=itemgetter("participant_id")):
        rows = list(own)
        course = [DiagnosedVisit(row["months"], row["diagnosis"], row["t1w"] != MISSING) for row in rows]
        found = label_course(course, horizon_months, _baseline_diagnosis(rows))
        for label, at in found.visits.items() or [(MISSING, range(len(rows)))]:
            base = rows[next((number for number in at if course[number].scanned), at[0])]
            people.append((participant, base["dataset"], base["role"], label, base["session_id"], found.reason))
            visits += [(participant, rows[n]["session_id"], rows[n]["months"], label) for n in at]
        unlabeled = set(range(len(rows))) - {n for at in found.visits.values() for n in at} if found.visits else set()
        visits += [(participant, rows[n]["session_id"], rows[n]["months"], MISSING) for n in sorted(unlabeled)]
    return pd.DataFrame(people, columns=LABEL_COLUMNS), pd.DataFrame(visits, columns=VISIT_COLUMNS)


def _baseline_diagnosis(rows: list[dict[str, str]]) -> str:
    """Return the diagnosis at baseline that the rows of a participant give, or `n/a`."""
    given = (row.get(BASELINE_DIAGNOSIS, MISSING) for row in rows)
    return next((value for value in given if value != MISSING), MISSING)


def narrowest(labels: pd.DataFrame) -> pd.DataFrame:
    """Return one row for each participant: the one of stable, progressive or unknown MCI rather than of MCI.

    Parameters
    ----------
    labels : DataFrame
        Rows with `participant_id label`, one for each label of a participant.
    """
    several = labels["participant_id"].duplicated(keep=False)
    return labels[~(several & labels["label"].eq(ANY_MCI))].drop_duplicates("participant_id").reset_index(drop=True)


def diagnosis_problems(sheet: pd.DataFrame, tasks: dict[str, Task], ignore: list[str]) -> list[str]:
    """Return a problem for each unknown diagnosis of the sheet, and each participant with two at baseline.

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
    problems = [
        f"line {number}: {column} {value!r} is in no task and is none of {', '.join(sorted(known - {MISSING}))}; "
        "correct it, or list it under ignore_diagnoses"
        for column in ("diagnosis", BASELINE_DIAGNOSIS)
        if column in sheet
        for number, value in zip(lines, sheet[column], strict=True)
        if value not in known
    ]
    if BASELINE_DIAGNOSIS in sheet:
        given = sheet[sheet[BASELINE_DIAGNOSIS] != MISSING].groupby("participant_id")[BASELINE_DIAGNOSIS]
        problems += [
            f"{participant}: {BASELINE_DIAGNOSIS} is {' and '.join(sorted(set(values)))}; a participant has one"
            for participant, values in given
            if values.map(without_subtype).nunique() > 1
        ]
    return problems
