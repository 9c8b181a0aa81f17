"""Columns of the table of regional volumes."""

from collections.abc import Iterable

from adrepro.cohort.cohort_sheet import KEYS

# Volumes (ml) of the intracranial space, of white-matter lesions, of hippocampi and of lateral ventricles; no features.
TOTALS = ("tiv_ml", "wmh_ml", "left_hippocampus_ml", "right_hippocampus_ml", "lateral_ventricles_ml")
SPAN = ("visits", "years")  # of a rate of change


def region_columns(columns: Iterable[str]) -> list[str]:
    """Return the columns that are regions, without identifiers, `TOTALS` and `SPAN`.

    Parameters
    ----------
    columns : iterable of str
        Columns of a regional table.
    """
    return [name for name in columns if name not in (*KEYS, *TOTALS, *SPAN)]
