"""Columns of the table of regional volumes."""

from collections.abc import Iterable

from adrepro.cohort.cohort_sheet import KEYS

TOTALS = ("tiv_ml", "wmh_ml")  # volumes (ml) of the intracranial space and of white-matter lesions


def region_columns(columns: Iterable[str]) -> list[str]:
    """Return the columns that are regions, without identifiers and `TOTALS`.

    Parameters
    ----------
    columns : iterable of str
        Columns of a regional table.
    """
    return [name for name in columns if name not in (*KEYS, *TOTALS)]
