"""Visits of one person whose change can be measured."""

from collections.abc import Mapping

import pandas as pd

from adrepro.cohort.cohort_sheet import KEYS
from adrepro.cohort.labels import MCI_FAMILY
from adrepro.core.files import MISSING


def repeat_visits(included: pd.DataFrame, sheet: pd.DataFrame, max_months: float | None) -> dict[str, dict[str, float]]:
    """Return the months of the included scans of each participant who has two or more before a change of diagnosis.

    A visit with another diagnosis than the first one, and every later visit, tells what is to be predicted, and does
    not count.

    Parameters
    ----------
    included : DataFrame
        Included scans: `participant_id session_id scan`.
    sheet : DataFrame
        Cohort sheet, with `months` and `diagnosis`; visits without a month do not count.
    max_months : float or None
        Largest distance from the first of the scans; None for no limit.

    Returns
    -------
    dict of str to dict
        Months by scan, in the order of time, by participant.
    """
    timed = sheet[sheet["months"] != MISSING].assign(months=lambda table: table["months"].astype(float))
    ends = {str(participant): _first_change(own) for participant, own in timed.groupby("participant_id")}
    rows = included[[*KEYS, "scan"]].merge(timed[[*KEYS, "months"]], on=KEYS)
    rows = rows[rows["months"] < rows["participant_id"].map(ends)]
    found = {}
    for participant, own in rows.sort_values(["participant_id", "months", "scan"]).groupby("participant_id"):
        near = own[own["months"] - own["months"].iloc[0] <= (float("inf") if max_months is None else max_months)]
        if near["months"].nunique() > 1:
            found[str(participant)] = dict(zip(near["scan"], near["months"], strict=True))
    return found


def _first_change(visits: pd.DataFrame) -> float:
    """Return the month of the first visit with another diagnosis than the first known one, or infinity."""
    known = visits[visits["diagnosis"] != MISSING].sort_values("months")
    diagnoses = known["diagnosis"].replace(list(MCI_FAMILY), "MCI")
    changed = known["months"][diagnoses != diagnoses.iloc[0]] if len(known) else known["months"]
    return float(changed.min()) if len(changed) else float("inf")


def with_repeat_visits(people: pd.DataFrame, visits: Mapping[str, Mapping[str, float]]) -> pd.DataFrame:
    """Return the rows of participants who have repeat visits.

    Parameters
    ----------
    people : DataFrame
        Rows with `participant_id`.
    visits : mapping
        From `repeat_visits`.
    """
    return people[people["participant_id"].isin(visits)].reset_index(drop=True)
