"""Repeated hold-out evaluation of a classical approach."""

from pathlib import Path

import numpy as np
import pandas as pd

from adrepro.config.settings.approaches import ClassicalApproach
from adrepro.core import step
from adrepro.core.tables import read_table, write_table
from adrepro.models.classical.feature_set import read_inputs
from adrepro.models.classical.pipeline import fit_and_score
from adrepro.models.predictions import COLUMNS


def repeated_holdout(
    features: Path,
    kernel: list[Path],
    regional: Path,
    cohort: list[Path],
    split: Path,
    holdouts: Path,
    scores: Path,
    task: str,
    approach: str,
    settings: ClassicalApproach,
    seed: int,
) -> None:
    """Refit a classical approach on every hold-out iteration and write the scores of the participants held out.

    Parameters
    ----------
    features : Path
        Regional features (TSV), or stacked gray-matter maps (`.npy`, template space) with their index beside them
        (`.tsv`) (input).
    kernel : list of Path
        Linear kernel of the stacked maps (`.npy`), shape (scans, scans); empty for regional features (input).
    regional : Path
        TSV of regional volumes, of which `tiv_ml` is used (input).
    cohort : list of Path
        Cohort sheet (TSV), for confounds and sites; empty for an approach without (input).
    split : Path
        TSV of the task: `participant_id session_id dataset label partition fold target` (input).
    holdouts : Path
        TSV `iteration participant_id` of the participants held out (input).
    scores : Path
        TSV of predictions at the baseline visit; `fold` is the iteration, `split` is `holdout` (output).
    task, approach : str
        Names of the task and the approach.
    settings : ClassicalApproach
        Complete settings of the approach.
    seed : int
        Seed of the study; that of an iteration is `seed + iteration`.

    Raises
    ------
    UserError
        If the training part of an iteration holds one class only.

    References
    ----------
    Samper-González et al. 2018, NeuroImage 183:504-521.
    """
    rows = read_table(split)
    rows = rows[rows["partition"] != "external"].sort_values("participant_id", ignore_index=True)
    target = rows["target"].astype(int).to_numpy()
    inputs = read_inputs(features, kernel, regional, cohort, rows, settings)
    held_out = read_table(holdouts).groupby("iteration")["participant_id"].agg(set)
    tables = []
    for iteration in sorted(held_out.index, key=int):
        out = rows["participant_id"].isin(held_out[iteration]).to_numpy()
        result = fit_and_score(inputs, np.flatnonzero(~out), target, settings, seed + int(iteration))
        own = rows[out].assign(score=np.round(result.scores[out], 6), score_kind=result.kind, label=target[out])
        own["prediction"] = (own["score"] > result.threshold).astype(int)
        tables.append(own.assign(task=task, approach=approach, fold=iteration, split="holdout"))
        print(f"iteration {int(iteration) + 1} of {len(held_out)}", flush=True)
    write_table(scores, pd.concat(tables)[COLUMNS])


if __name__ == "__main__":
    step.run(repeated_holdout)
