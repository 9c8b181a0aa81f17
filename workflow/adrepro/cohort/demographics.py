"""Demographic table, and balance tests between test and training set."""

from pathlib import Path

import numpy as np
import pandas as pd

from adrepro.cohort.cohort_sheet import KEYS, read_sheet
from adrepro.cohort.covariate_balance import age_p, sex_p
from adrepro.cohort.labels import narrowest
from adrepro.core import step
from adrepro.core.files import MISSING
from adrepro.core.tables import read_table, write_table

PARTS = ("train", "test", "external")
COLUMNS = ["dataset", "label", "part", "subjects", "sessions", "age", "sex", "mmse", "cdr"]


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


def labeled_people(labels: pd.DataFrame, splits: pd.DataFrame, sheet: pd.DataFrame, names: list[str]) -> pd.DataFrame:
    """Return the participants of each label with their clinical values at its first visit, and their partition.

    Parameters
    ----------
    labels : DataFrame
        Labels of participants, as from `study_labels`.
    splits : DataFrame
        Splits of all participants, `participant_id partition ...`.
    sheet : DataFrame
        Cohort sheet.
    names : list of str
        Labels to describe; empty for the narrowest label of each participant.

    Returns
    -------
    DataFrame
        `participant_id session_id dataset label partition age sex mmse cdr`. `partition` is `n/a` for a label with
        which the participant is neither trained on nor tested, such as MCI of published lists, whose test set leaves
        out those that are tested as stable or progressive.
    """
    rows = labels[labels["label"].isin(names)] if names else narrowest(labels)
    rows = rows.merge(splits[["participant_id", "partition"]], on="participant_id")
    takes_part = (rows["reason"] == "") | (rows["label"] == MISSING)
    rows["partition"] = rows["partition"].where(takes_part, MISSING)
    columns = [*KEYS, "dataset", "label", "partition", "age", "sex", "mmse", "cdr"]
    return rows.merge(sheet.drop(columns=["dataset", "role"]), on=KEYS)[columns]


def demographics_table(people: pd.DataFrame, visits: pd.DataFrame) -> pd.DataFrame:
    """Return the demographics of each dataset, label and part (training set, test set, external).

    Parameters
    ----------
    people : DataFrame
        As from `labeled_people`.
    visits : DataFrame
        `participant_id label` of visits with an included scan, a row for each label of a visit.

    Returns
    -------
    DataFrame
        `dataset label part subjects sessions age sex mmse cdr`, as in Wen et al. 2020; `sex` counts men / women,
        `sessions` those with the label, of which the first of each participant is tested.
    """
    rows = []
    for (dataset, label), group in people.groupby(["dataset", "label"], sort=True):
        own_visits = visits.loc[visits["label"] == label, "participant_id"]
        for part in ("all", *PARTS):
            own = group if part == "all" else group[group["partition"] == part]
            if own.empty:
                continue
            tested = part in ("test", "external")
            rows.append(
                {
                    "dataset": dataset,
                    "label": label,
                    "part": part,
                    "subjects": len(own),
                    "sessions": len(own) if tested else int(own_visits.isin(own["participant_id"]).sum()),
                    "age": format_mean_sd(own["age"]),
                    "sex": " / ".join(f"{int((own['sex'] == sex).sum())}" for sex in ("M", "F")),
                    "mmse": format_mean_sd(own["mmse"]),
                    "cdr": format_counts(own["cdr"]),
                }
            )
    return pd.DataFrame(rows, columns=COLUMNS)


def balance_table(people: pd.DataFrame) -> pd.DataFrame:
    """Return p-values of age (t-test) and sex (chi-square) between test and training set of each label.

    Parameters
    ----------
    people : DataFrame
        As in `demographics_table`; external participants are left out, and labels with which nobody is tested.

    Returns
    -------
    DataFrame
        `label variable test p_value`.
    """
    study = people[people["partition"].isin(["train", "test"])]
    study = study.assign(age=pd.to_numeric(study["age"].replace(MISSING, None)))
    rows = []
    for label, own in study.groupby("label", sort=True):
        own, held = own.reset_index(drop=True), (own["partition"] == "test").to_numpy()
        for variable, test, p in (
            ("age", "t-test", age_p(own["age"], held)),
            ("sex", "chi-square", sex_p(own["sex"], held)),
        ):
            rows.append((label, variable, test, np.nan if np.isnan(p) else round(p, 4)))
    return pd.DataFrame(rows, columns=["label", "variable", "test", "p_value"])


def demographics(
    cohort: Path,
    labels: Path,
    visits: Path,
    splits: Path,
    included: Path,
    out: Path,
    balance: Path,
    names: list[str],
) -> None:
    """Write the demographic table and the balance tests.

    Parameters
    ----------
    cohort, labels, visits, splits, included : Path
        Cohort sheet, labels of participants and visits, `participants.tsv` of the splits, and included scans (input).
    out, balance : Path
        TSVs to write: see `demographics_table` and `balance_table`.
    names : list of str
        Labels to describe: those that tasks name; empty for the narrowest label of each participant.
    """
    scans = read_table(included)[KEYS]
    found = labeled_people(read_table(labels).merge(scans, on=KEYS), read_table(splits), read_sheet(cohort), names)
    write_table(out, demographics_table(found, read_table(visits).merge(scans, on=KEYS)))
    write_table(balance, balance_table(found))


if __name__ == "__main__":
    step.run(demographics)
