"""Visits of one person whose change can be measured."""

from collections.abc import Mapping

import pandas as pd

from adrepro.cohort.cohort_sheet import KEYS
from adrepro.core.files import MISSING


def repeat_visits(
    included: pd.DataFrame, sheet: pd.DataFrame, max_months: float | None
) -> Mapping[str, dict[str, float]]:
    """Return the months of the included scans of each participant who has two or more.

    Parameters
    ----------
    included : DataFrame
        Included scans: `participant_id session_id scan`.
    sheet : DataFrame
        Cohort sheet, with `months`; visits without a month do not count.
    max_months : float or None
        Largest distance from the first of the visits; None for no limit.

    Returns
    -------
    mapping of str to dict
        Months by scan, in the order of time, by participant.
    """
    rows = included.merge(sheet[[*KEYS, "months"]], on=KEYS)
    rows = rows[rows["months"] != MISSING].assign(months=lambda table: table["months"].astype(float))
    found = {}
    for participant, own in rows.sort_values(["participant_id", "months", "scan"]).groupby("participant_id"):
        first = own["months"].iloc[0]
        near = own[own["months"] - first <= max_months] if max_months is not None else own
        if near["months"].nunique() > 1:
            found[str(participant)] = dict(zip(near["scan"], near["months"], strict=True))
    return found
