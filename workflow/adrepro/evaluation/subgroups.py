"""Balanced accuracy and AUC of every approach in subgroups of the people it is judged on."""

from pathlib import Path

import numpy as np
import pandas as pd

from adrepro.cohort.cohort_sheet import read_sheet
from adrepro.core import step
from adrepro.core.files import MISSING, read_table, write_table
from adrepro.evaluation.bootstrap import MEAN, Replicates
from adrepro.evaluation.compute_metrics import read_scores
from adrepro.evaluation.pairwise import COMPARED, SMALLEST_CLASS

COLUMNS = "task dataset split approach variable group metric value low high n_positive n_negative".split()


def age_band(age: str, limits: list[float]) -> str:
    """The band of an age in years between ascending `limits`, such as `70 to 79`; `n/a` if the age is not known."""
    if age == MISSING:
        return MISSING
    number = int(np.searchsorted(limits, float(age), side="right"))
    if number == 0:
        return f"below {limits[0]:g}"
    return (
        f"{limits[-1]:g} and older" if number == len(limits) else f"{limits[number - 1]:g} to below {limits[number]:g}"
    )


def groups_of(people: pd.DataFrame, variables: list[str], limits: list[float]) -> pd.DataFrame:
    """Which groups each person belongs to: `participant_id variable group`; what the sheet does not know is left out.

    `people` has a row per participant with the columns of the sheet at baseline.
    """
    parts = []
    for name in (name for name in variables if name in people):
        values = people[name] if name != "age" else people["age"].map(lambda age: age_band(age, limits))
        parts.append(pd.DataFrame({"participant_id": people["participant_id"], "variable": name, "group": values}))
    table = (
        pd.concat(parts, ignore_index=True) if parts else pd.DataFrame(columns=["participant_id", "variable", "group"])
    )
    return table[table["group"] != MISSING]


def subgroups(
    results: Path,
    cohort: Path,
    labels: Path,
    out: Path,
    approaches: dict,
    variables: list[str],
    age_limits: list[float],
    replicates: int,
    level: float,
    seed: int,
) -> None:
    """Write `subgroups.tsv`: means over folds on test and external participants, with intervals where there are enough.

    People are drawn within a subgroup, the same for all approaches. A variable with one group divides nobody and has no
    rows; a group without one of the classes has rows without numbers.
    """
    keys = ["participant_id", "session_id"]
    people = read_table(labels)[keys].merge(read_sheet(cohort), on=keys)
    groups = groups_of(people, variables, age_limits)
    scores = read_scores(results, approaches)
    scores = scores[scores["split"] != "validation"]
    rows = []
    for (task, split, dataset), part in scores.groupby(["task", "split", "dataset"], sort=True):
        own = groups[groups["participant_id"].isin(part["participant_id"])]
        for variable, divided in own.groupby("variable", sort=True):
            if divided["group"].nunique() < 2:
                continue
            for group, members in divided.groupby("group", sort=True):
                inside = part["participant_id"].isin(members["participant_id"])
                found = Replicates(part[inside], replicates, seed, calibrated=False)
                positive, negative = found.counts[MEAN]
                for (approach, fold), metrics in found.found.items():
                    for metric in COMPARED if fold == MEAN else ():
                        enough = min(positive, negative) >= SMALLEST_CLASS
                        low, high = metrics[metric].interval(level) if enough else (np.nan, np.nan)
                        value = metrics[metric].samples[0]
                        rows.append(
                            (
                                task,
                                dataset,
                                split,
                                approach,
                                variable,
                                group,
                                metric,
                                value,
                                low,
                                high,
                                positive,
                                negative,
                            )
                        )
    write_table(out, pd.DataFrame(rows, columns=COLUMNS).round(6))


if __name__ == "__main__":
    step.run(subgroups)
