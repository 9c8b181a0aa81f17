"""Covariates of the cohort sheet that cannot adjust features: without any value, incomplete, or of two kinds."""

from collections.abc import Collection

import pandas as pd

from adrepro.cohort.cohort_sheet import KEYS
from adrepro.core.files import MISSING

SHOWN = 5
FEW_WORDS = 10


def covariate_problems(
    rows: pd.DataFrame, covariates: Collection[str], complete: Collection[str], names: Collection[str] = ()
) -> list[str]:
    """Return a problem for each covariate that the participants of the tasks do not have, or not all of them.

    Parameters
    ----------
    rows : DataFrame
        Scans of the participants of the tasks, with the columns of the cohort sheet.
    covariates : collection of str
        Columns that approaches use as confounds, ComBat batch or covariates; those that are measured are not in `rows`.
    complete : collection of str
        Covariates of approaches with `missing_covariates: refuse`.
    names : collection of str
        Covariates whose values are names even if some look like numbers, such as sites.

    Returns
    -------
    list of str
        Sorted by column.
    """
    problems = []
    for name in sorted(set(covariates) & set(rows.columns)):
        known = rows[name][rows[name] != MISSING]
        without = rows[rows[name] == MISSING]
        scans = [f"{participant} {session}" for participant, session in without[KEYS].itertuples(index=False)]
        if known.empty:
            problems.append(
                f"{name}: no participant of the tasks has a value, so nothing could be adjusted; complete the column, "
                "or remove it from confounds and combat"
            )
        elif name not in names and (strange := _not_numbers(known)):
            problems.append(
                f"{name}: {', '.join(map(repr, strange[:SHOWN]))} among {len(known)} values, expected numbers or a few "
                f"words; correct them, write {MISSING}, or list it under classical.categorical"
            )
        elif name in complete and scans:
            more = f" and {len(scans) - SHOWN} more" if len(scans) > SHOWN else ""
            problems.append(
                f"{name}: missing for {', '.join(scans[:SHOWN])}{more}; complete the column, or set "
                "missing_covariates: impute"
            )
    return problems


def _not_numbers(values: pd.Series) -> list[str]:
    """Return the values that are no finite numbers, where others are or nearly each is another word."""
    numbers = pd.to_numeric(values, errors="coerce").replace([float("inf"), float("-inf")], None)
    words = sorted(set(values[numbers.isna()].astype(str)))
    return words if numbers.notna().any() or len(words) > max(FEW_WORDS, len(values) / 4) else []
