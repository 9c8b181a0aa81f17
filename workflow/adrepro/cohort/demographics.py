"""Demographic table, and balance tests between test and training set."""

from pathlib import Path

import numpy as np
import pandas as pd

from adrepro.cohort.cohort_sheet import read_sheet
from adrepro.cohort.covariate_balance import age_p, sex_p
from adrepro.core import step
from adrepro.core.files import MISSING
from adrepro.core.tables import read_table, write_table

PARTS = ("train", "test", "external")


def format_mean_sd(values: pd.Series) -> str:
    """Return the mean ± standard deviation [range] of the numbers among `values`; `n/a` if there are none.

    Parameters
    ----------
    values : Series
        Cells of a table; text that is no number is ignored.

    Returns
    -------
    str
        One digit after the point.
    """
    numbers = pd.to_numeric(values, errors="coerce").dropna()
    if numbers.empty:
        return MISSING
    sd = f" ± {numbers.std():.1f}" if len(numbers) > 1 else ""
    return f"{numbers.mean():.1f}{sd} [{numbers.min():g}, {numbers.max():g}]"


def format_counts(values: pd.Series) -> str:
    """Return the counts of the numbers among `values`, such as `0.5: 160; 1: 175`; `n/a` if there are none.

    Parameters
    ----------
    values : Series
        Cells of a table; text that is no number is ignored.

    Returns
    -------
    str
        Values in ascending order, each with its count.
    """
    numbers = pd.to_numeric(values, errors="coerce").dropna()
    return "; ".join(f"{value:g}: {n}" for value, n in numbers.value_counts().sort_index().items()) or MISSING


def demographics_table(people: pd.DataFrame, scans: pd.DataFrame) -> pd.DataFrame:
    """Return the demographics of each dataset, label and part (training set, test set, external).

    Parameters
    ----------
    people : DataFrame
        `participant_id dataset label partition age sex mmse cdr` at baseline, a row per participant.
    scans : DataFrame
        `participant_id` of included scans, a row per scan.

    Returns
    -------
    DataFrame
        `dataset label part subjects sessions age sex mmse cdr`, as in Wen et al. 2020; `sex` counts men / women.
    """
    rows = []
    for (dataset, label), group in people.groupby(["dataset", "label"], sort=True):
        parts = [(part, group[group["partition"] == part]) for part in PARTS]
        parts = [(part, own) for part, own in parts if len(own)]
        for part, own in [("all", group), *parts] if len(parts) > 1 else parts:
            rows.append(
                {
                    "dataset": dataset,
                    "label": label,
                    "part": part,
                    "subjects": len(own),
                    "sessions": int(scans["participant_id"].isin(own["participant_id"]).sum()),
                    "age": format_mean_sd(own["age"]),
                    "sex": " / ".join(f"{int((own['sex'] == sex).sum())}" for sex in ("M", "F")),
                    "mmse": format_mean_sd(own["mmse"]),
                    "cdr": format_counts(own["cdr"]),
                }
            )
    return pd.DataFrame(rows)


def balance_table(people: pd.DataFrame) -> pd.DataFrame:
    """Return p-values of age (t-test) and sex (chi-square) between test and training set of each label.

    Parameters
    ----------
    people : DataFrame
        As in `demographics_table`; external participants are left out.

    Returns
    -------
    DataFrame
        `label variable test p_value`.
    """
    study = people[people["partition"] != "external"].assign(age=pd.to_numeric(people["age"].replace(MISSING, None)))
    rows = []
    for label, own in study.groupby("label", sort=True):
        own, held = own.reset_index(drop=True), (own["partition"] == "test").to_numpy()
        for variable, test, p in (
            ("age", "t-test", age_p(own["age"], held)),
            ("sex", "chi-square", sex_p(own["sex"], held)),
        ):
            rows.append((label, variable, test, np.nan if np.isnan(p) else round(p, 4)))
    return pd.DataFrame(rows, columns=["label", "variable", "test", "p_value"])


def demographics(cohort: Path, labels: Path, splits: Path, included: Path, out: Path, balance: Path) -> None:
    """Write the demographic table and the balance tests.

    Parameters
    ----------
    cohort, labels, splits, included : Path
        Cohort sheet, labels of participants, `participants.tsv` of the splits, and included scans (input).
    out, balance : Path
        TSVs to write: see `demographics_table` and `balance_table`.
    """
    keys = ["participant_id", "session_id"]
    clinical = read_sheet(cohort)[[*keys, "age", "sex", "mmse", "cdr"]]
    people = read_table(splits).merge(read_table(labels)[keys], on="participant_id").merge(clinical, on=keys)
    write_table(out, demographics_table(people, read_table(included)))
    write_table(balance, balance_table(people))


if __name__ == "__main__":
    step.run(demographics)
