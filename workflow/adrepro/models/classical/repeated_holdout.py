"""One machine on repeated hold-outs (Samper-Gonzalez et al. 2018): trained anew on the rest of each."""

from pathlib import Path

import numpy as np
import pandas as pd

from adrepro.cohort.cohort_sheet import read_sheet
from adrepro.core import step
from adrepro.core.files import read_table, write_table
from adrepro.models.classical.pipeline import learn, read_inputs
from adrepro.models.predictions import COLUMNS


def holdout(
    features: Path,
    products: list[Path],
    regional: Path,
    cohort: Path,
    split: Path,
    labels: Path,
    holdouts: Path,
    scores: Path,
    task: str,
    approach: str,
    settings: dict,
    seed: int,
) -> None:
    """Write the scores of those held out in every iteration, at baseline; `fold` is the iteration."""
    baseline = read_table(labels)[["participant_id", "session_id"]]
    rows = read_table(split).merge(baseline, on="participant_id")
    rows = rows[rows["partition"] != "external"].sort_values("participant_id", ignore_index=True)
    target = rows["target"].astype(int).to_numpy()
    inputs = read_inputs(features, products, regional, read_sheet(cohort), rows, settings)
    drawn = read_table(holdouts).groupby("iteration")["participant_id"].agg(set)
    found = []
    for iteration in sorted(drawn.index, key=int):
        out = rows["participant_id"].isin(drawn[iteration]).to_numpy()
        learnt = learn(inputs, np.flatnonzero(~out), target, settings, seed + int(iteration))
        own = rows[out].assign(score=np.round(learnt.scores[out], 6), score_kind=learnt.kind, label=target[out])
        own["prediction"] = (own["score"] > learnt.threshold).astype(int)
        found.append(own.assign(task=task, approach=approach, fold=iteration, split="holdout"))
        print(f"{int(iteration) + 1} of {len(drawn)}", flush=True)
    write_table(scores, pd.concat(found)[COLUMNS])


if __name__ == "__main__":
    step.run(holdout)
