"""Apply the CNN of one task to the participants of another."""

from pathlib import Path

import pandas as pd

from adrepro.config.settings.approaches import CnnApproach
from adrepro.core import step
from adrepro.core.arrays import read_array
from adrepro.core.files import read_json, write_json
from adrepro.core.tables import read_table, write_table
from adrepro.models.deep.determinism import make_repeatable
from adrepro.models.deep.precision import ComputePolicy, training_device
from adrepro.models.deep.predict_regions import region_probabilities
from adrepro.models.deep.weights import load_weights
from adrepro.models.fold_data import fold_rows, select
from adrepro.models.predictions import write_scores


def apply_cnn(
    volumes: Path,
    index: Path,
    split: Path,
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
    """Score validation, test and external participants of a task with a CNN that was trained on another task.

    Nothing is fitted, so that the table of training scans is empty.

    Parameters
    ----------
    volumes : Path
        Stacked images (`.npy`), shape (scans, X, Y, Z), template space (input).
    index : Path
        TSV with `participant_id` and `session_id` of each image (input).
    split : Path
        TSV of the fold of the task to score: `participant_id session_id dataset label target split` (input).
    weights : Path
        Safetensors of the trained networks (input).
    model : Path
        `model.json` of the trained networks, with their settings (input).
    scores : Path
        TSV of predictions, see `predictions.write_scores` (output).
    training : Path
        TSV without rows, for the leakage checks, which follow `builds_on` to the trained model (output).
    applied : Path
        JSON: `model`, with the trained model as `builds_on` (output).
    task, approach : str
        Names of the task and the approach.
    fold : int
        Number of the fold.
    device : {"auto", "cpu", "cuda"}
        Device of the computation.
    torch_threads : int
        CPU threads of torch.
    """
    known, rows = read_json(model), fold_rows(split)
    make_repeatable(0, torch_threads)
    policy = ComputePolicy(training_device(device))
    positions, stacked = select(read_table(index), rows), read_array(volumes)
    settings = CnnApproach.model_validate(known["settings"])
    probabilities = region_probabilities(
        settings, known["resolution_mm"], load_weights(weights), stacked, positions, policy
    )
    write_table(training, pd.DataFrame(columns=["purpose", "participant_id", "session_id"]))
    write_json(applied, {**known, "builds_on": ["/".join(model.parent.parts[-3:])]})
    score = probabilities @ known["aggregation_weights"]
    write_scores(scores, rows, score, "probability", 0.5, (task, approach, fold))


if __name__ == "__main__":
    step.run(apply_cnn)
