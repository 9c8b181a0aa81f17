"""Balanced accuracy and AUC of every approach in subgroups of test and external participants."""

from pathlib import Path

import numpy as np
import pandas as pd

from adrepro.cohort.cohort_sheet import KEYS, read_sheet
from adrepro.core import step
from adrepro.core.files import MISSING
from adrepro.core.tables import write_table
from adrepro.evaluation.bootstrap import MEAN, PairedBootstrap
from adrepro.evaluation.pairwise import COMPARED, SMALLEST_CLASS
from adrepro.evaluation.score_tables import read_scores

COLUMNS = "task dataset split approach variable group metric value low high n_positive n_negative".split()


def age_band(age: str, limits: list[float]) -> str:
    """Return the band of an age, such as `65 to below 75`.

    Parameters
    ----------
    age : str
        Age in years, or `n/a`.
    limits : list of float
        Limits between the bands in years, ascending.

    Returns
    -------
    str
        `n/a` if the age is missing.
    """
    if age == MISSING:
        return MISSING
    number = int(np.searchsorted(limits, float(age), side="right"))
    if number == 0:
        return f"below {limits[0]:g}"
    if number == len(limits):
        return f"{limits[-1]:g} and older"
    return f"{limits[number - 1]:g} to below {limits[number]:g}"


def groups_of(people: pd.DataFrame, variables: list[str], limits: list[float]) -> pd.DataFrame:
    """Return the subgroups of each participant.

    Parameters
    ----------
    people : DataFrame
        One row per participant, with the columns of the cohort sheet at baseline.
    variables : list of str
        Columns that define subgroups; those that `people` lacks are left out. `age` is divided into bands.
    limits : list of float
        Limits between the age bands in years, ascending.

    Returns
    -------
    DataFrame
        Rows `participant_id variable group`, without missing values.
    """
    parts = []
    for name in (name for name in variables if name in people):
        values = people[name] if name != "age" else people["age"].map(lambda age: age_band(age, limits))
        parts.append(pd.DataFrame({"participant_id": people["participant_id"], "variable": name, "group": values}))
    table = (
        pd.concat(parts, ignore_index=True) if parts else pd.DataFrame(columns=["participant_id", "variable", "group"])
    )
    return table[table["group"] != MISSING]


def subgroup_values(
    found: PairedBootstrap, confidence_level: float
) -> list[tuple[str, str, float, float, float, int, int]]:
    """Return the compared metrics of all approaches in one subgroup, as means over folds.

    Parameters
    ----------
    found : PairedBootstrap
        Metrics of the approaches on the participants of the subgroup.
    confidence_level : float
        Between 0 and 1.

    Returns
    -------
    list of tuple
        Approach, metric, value, low and high end of the interval, positive and negative participants.
    """
    positive, negative = found.counts[MEAN]
    enough = min(positive, negative) >= SMALLEST_CLASS
    rows = []
    for (approach, fold), metrics in found.found.items():
        for metric in COMPARED if fold == MEAN else ():
            low, high = metrics[metric].interval(confidence_level) if enough else (np.nan, np.nan)
            rows.append((approach, metric, float(metrics[metric].samples[0]), low, high, positive, negative))
    return rows


def subgroups(
    results: Path,
    cohort: Path,
    out: Path,
    approaches: dict[str, list[str]],
    folds: int,
    variables: list[str],
    age_limits: list[float],
    replicates: int,
    confidence_level: float,
    seed: int,
) -> None:
    """Write balanced accuracy and AUC (mean over folds) in subgroups of test and external participants.

    Bootstrap replicates are drawn within a subgroup and shared by all approaches. A variable with one group has no
    rows; a group that lacks a class has rows without values, and one with fewer than 5 participants of a class has no
    interval.

    Parameters
    ----------
    results : Path
        Folder of the results, with the scores of every fold (input).
    cohort : Path
        Cohort sheet (input).
    out : Path
        TSV to write: one row per task, dataset, split, approach, variable, group and metric (output).
    approaches : dict of str to list of str
        Names of the approaches per task.
    folds : int
        Number of cross-validation folds.
    variables : list of str
        Columns of the cohort sheet that define subgroups.
    age_limits : list of float
        Limits between the age bands in years, ascending.
    replicates : int
        Bootstrap replicates.
    confidence_level : float
        Between 0 and 1.
    seed : int
        Seed of the bootstrap.
    """
    scores = read_scores(results, approaches, folds)
    scores = scores[scores["split"] != "validation"]
    sheet = read_sheet(cohort)
    rows = []
    for (task, split, dataset), part in scores.groupby(["task", "split", "dataset"], sort=True):
        own = groups_of(sheet.merge(part[KEYS].drop_duplicates(), on=KEYS), variables, age_limits)
        for variable, divided in own.groupby("variable", sort=True):
            if divided["group"].nunique() < 2:
                continue
            for group, members in divided.groupby("group", sort=True):
                inside = part["participant_id"].isin(members["participant_id"])
                found = PairedBootstrap(part[inside], replicates, seed, calibrated=False)
                rows += [
                    (task, dataset, split, approach, variable, group, *values)
                    for approach, *values in subgroup_values(found, confidence_level)
                ]
    write_table(out, pd.DataFrame(rows, columns=COLUMNS).round(6))


if __name__ == "__main__":
    step.run(subgroups)
