"""Visits of one person whose change can be measured, and participants with such visits."""

import pandas as pd

from adrepro.cohort.cohort_sheet import KEYS
from adrepro.cohort.labels import MCI_FAMILY
from adrepro.core.errors import UserError
from adrepro.core.files import MISSING

NO_RATE = "an approach with features: rate needs two included visits of different months that show the same head"


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


def with_rates(people: pd.DataFrame, rates: list[pd.DataFrame]) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return the participants with a rate of change, and the others with a reason.

    Parameters
    ----------
    people : DataFrame
        As from `people_of`.
    rates : list of DataFrame
        Rates with the columns `participant_id session_id`; empty if no approach uses them.

    Returns
    -------
    taking_part : DataFrame
        Rows of `people`.
    left_out : DataFrame
        `participant_id session_id step reason`.

    Raises
    ------
    UserError
        If nobody of a dataset has a rate.
    """
    has = pd.Series(True, index=people.index)
    for table in rates:
        has &= visit_names(people).isin(set(visit_names(table)))
    for dataset, own in has.groupby(people["dataset"]):
        if not own.any():
            raise UserError(
                f"dataset {dataset}: no participant has two visits for the rate of change that an approach uses; "
                "remove the dataset from the sheet, or the approach"
            )
    others = people.loc[~has, KEYS].assign(step="rate of change", reason=NO_RATE)
    return people[has].reset_index(drop=True), others


def visit_names(table: pd.DataFrame) -> pd.Series:
    """Return participant and session of each row, as one text.

    Parameters
    ----------
    table : DataFrame
        Rows with `participant_id session_id`.
    """
    return table["participant_id"] + " " + table["session_id"]
