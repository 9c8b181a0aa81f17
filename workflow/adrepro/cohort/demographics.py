"""Who was studied: demographics in the layout of the study, and tests of balance between test and training part."""

from pathlib import Path

import numpy as np
import pandas as pd

from adrepro.cohort.cohort_sheet import read_sheet
from adrepro.cohort.covariate_balance import age_p, sex_p
from adrepro.core import step
from adrepro.core.files import MISSING, read_table, write_table

PARTS = ("train", "test", "external")


def described(values: pd.Series) -> str:
    """Mean ± standard deviation [range] of the numbers among `values`; `n/a` if there are none."""
    numbers = pd.to_numeric(values, errors="coerce").dropna()
    if numbers.empty:
        return MISSING
    sd = f" ± {numbers.std():.1f}" if len(numbers) > 1 else ""
    return f"{numbers.mean():.1f}{sd} [{numbers.min():g}, {numbers.max():g}]"


def counted(values: pd.Series) -> str:
    """How often each value occurs, such as `0.5: 160; 1: 175`; `n/a` if none is known."""
    numbers = pd.to_numeric(values, errors="coerce").dropna()
    return "; ".join(f"{value:g}: {n}" for value, n in numbers.value_counts().sort_index().items()) or MISSING


def demographics_table(people: pd.DataFrame, scans: pd.DataFrame) -> pd.DataFrame:
    """Per dataset, label and part: subjects, sessions with an accepted scan, age, sex, MMSE and CDR at baseline.

    `people` has `participant_id dataset label partition` and the clinical values at baseline, `scans` a row per scan.
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
                    "age": described(own["age"]),
                    "sex": " / ".join(f"{int((own['sex'] == sex).sum())}" for sex in ("M", "F")),
                    "mmse": described(own["mmse"]),
                    "cdr": counted(own["cdr"]),
                }
            )
    return pd.DataFrame(rows)


def balance_table(people: pd.DataFrame) -> pd.DataFrame:
    """p-values of age (t-test) and sex (chi-square) between the test set and the rest of each label of the study."""
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


def demographics(cohort: Path, labels: Path, splits: Path, accepted: Path, out: Path, balance: Path) -> None:
    """Write both tables."""
    keys = ["participant_id", "session_id"]
    clinical = read_sheet(cohort)[[*keys, "age", "sex", "mmse", "cdr"]]
    people = read_table(splits).merge(read_table(labels)[keys], on="participant_id").merge(clinical, on=keys)
    write_table(out, demographics_table(people, read_table(accepted)))
    write_table(balance, balance_table(people))


if __name__ == "__main__":
    step.run(demographics)
