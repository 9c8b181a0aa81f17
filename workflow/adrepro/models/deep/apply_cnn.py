"""A CNN that was trained on one task, applied to another as it is."""

from pathlib import Path

import pandas as pd

from adrepro.core import step
from adrepro.core.files import read_array, read_json, read_table, write_json, write_table
from adrepro.models.deep.precision import Arithmetic, training_device
from adrepro.models.deep.trainer import make_repeatable
from adrepro.models.deep.weights import load_weights, part_probabilities
from adrepro.models.predictions import fold_rows, select, write_scores


def apply_model(
    volumes: Path,
    index: Path,
    split: Path,
    visits: Path,
    labels: Path,
    weights: Path,
    model: Path,
    scores: Path,
    training: Path,
    applied: Path,
    task: str,
    approach: str,
    fold: int,
    device: str,
    torch_threads: int,
) -> None:
    """Score validation, test and external participants of `task`; nothing is learnt, and so nobody is trained on."""
    known, rows = read_json(model), fold_rows(split, visits, labels, fold, "baseline")
    make_repeatable(0, torch_threads)
    how = Arithmetic(training_device(device))
    positions, packed = select(read_table(index), rows), read_array(volumes)
    by_part = part_probabilities(
        known["settings"], known["resolution_mm"], load_weights(weights), packed, positions, how
    )
    write_table(training, pd.DataFrame(columns=["purpose", "participant_id", "session_id"]))
    write_json(applied, {**known, "builds_on": ["/".join(model.parent.parts[-3:])]})
    write_scores(scores, rows, by_part @ known["vote_weights"], "probability", 0.5, (task, approach, fold))


if __name__ == "__main__":
    step.run(apply_model)
