"""Train and score one CNN approach in one fold."""

from pathlib import Path

import numpy as np
import pandas as pd
import torch

from adrepro.config.settings.approaches import CnnApproach
from adrepro.config.training_purposes import Purpose
from adrepro.core import step
from adrepro.core.errors import UserError
from adrepro.core.files import write_json
from adrepro.core.tables import write_table
from adrepro.imaging.grids import study_grid
from adrepro.models.deep.determinism import make_repeatable
from adrepro.models.deep.fit import TrainedNetworks, fit
from adrepro.models.deep.input_regions import aggregation_weights, hold_out_regions, input_regions, mean_of_held_out
from adrepro.models.deep.precision import ComputePolicy, training_device
from adrepro.models.deep.predict_regions import region_probabilities
from adrepro.models.deep.weights import save_weights
from adrepro.models.fold_data import fold_seed, read_fold
from adrepro.models.predictions import write_scores, write_training


def train_cnn(
    volumes: Path,
    index: Path,
    split: Path,
    visits: list[Path],
    init_from: list[Path],
    imagenet: list[Path],
    scores: Path,
    training: Path,
    history: Path,
    weights: Path,
    model: Path,
    checkpoint: Path,
    task: str,
    approach: str,
    fold: int,
    settings: CnnApproach,
    resolution_mm: float,
    device: str,
    torch_threads: int,
    seed: int,
) -> None:
    """Train a CNN on the training part of one fold; score validation, test and external participants once, at the end.

    Parameters
    ----------
    volumes : Path
        Stacked images (`.npy`), shape (scans, X, Y, Z), template space (input).
    index : Path
        TSV with `participant_id` and `session_id` of each image (input).
    split : Path
        TSV of task and fold: `participant_id session_id dataset label target split` (input).
    visits : list of Path
        TSV of all visits of the training participants, for longitudinal training data; else empty (input).
    init_from : list of Path
        Safetensors whose weights initialize the networks; empty for none (input).
    imagenet : list of Path
        ImageNet weights of torchvision's ResNet-18 (`.pth`), for slices; empty for none (input).
    scores : Path
        TSV of predictions, see `predictions.write_scores` (output).
    training : Path
        TSV of the scans used, by purpose, for the leakage checks (output).
    history : Path
        TSV of training loss and validation metrics by epoch and network (output).
    weights : Path
        Safetensors of the best weights of each network (output).
    model : Path
        JSON with architecture, epochs, aggregation weights of the input regions and settings (output).
    checkpoint : Path
        Prefix of the checkpoint files, which are removed at the end.
    task, approach : str
        Names of the task and the approach.
    fold : int
        Number of the fold.
    settings : CnnApproach
        Complete settings of the approach.
    resolution_mm : float
        Voxel size of the study grid in mm.
    device : {"auto", "cpu", "cuda"}
        Device of the training.
    torch_threads : int
        CPU threads of torch.
    seed : int
        Seed of the study.

    Raises
    ------
    UserError
        If a part holds one class only, memory is exhausted, the loss is not finite, or a scheduler stopped the
        training.
    """
    own_seed = fold_seed(seed, task, approach, fold)
    scans = read_fold(volumes, index, split, visits, settings, own_seed)
    boxes = input_regions(settings.kind, study_grid(resolution_mm), settings.slice_step)
    part = {name: scans.part(name) for name in ("train", "validation")}
    validated, held_out = part["validation"], None
    for name, chosen in part.items():
        if len(np.unique(scans.target[chosen])) < 2:
            raise UserError(f"{task} fold {fold}: the {name} part holds one class only; lower splits.folds")
    if settings.leaky_slice_split:  # deliberate leakage: slices of one participant in both parts
        part = dict.fromkeys(part, np.concatenate(list(part.values())))
        held_out = hold_out_regions(len(part["train"]), len(boxes), settings.leaky_slice_split, own_seed)
    make_repeatable(own_seed, torch_threads, settings.deterministic)
    own_device = training_device(device)
    try:
        trained = fit(
            scans, part, held_out, boxes, settings, own_device, own_seed,
            init_from[0] if init_from else None, imagenet[0] if imagenet else None, checkpoint,
        )  # fmt: skip
    except RuntimeError as error:
        if not isinstance(error, torch.OutOfMemoryError) and "allocate memory" not in str(error):
            raise
        other = " or networks_per_batch" if settings.one_network_per_patch else ""
        raise UserError(
            f"out of memory on the {own_device.type}; lower approaches.{approach}.batch_size (and raise accumulate as "
            f"much){other}"
        ) from None
    policy = ComputePolicy(own_device)
    by_region = region_probabilities(settings, resolution_mm, trained.weights, scans.volumes, scans.positions, policy)
    voting = np.full(len(boxes), 1 / len(boxes))
    if held_out is None:
        rule, threshold = settings.aggregation.weights, settings.aggregation.min_score
        voting = aggregation_weights(by_region[validated], scans.target[validated], rule, threshold)
    probability = by_region @ voting
    if held_out is not None:
        among = np.isin(part["train"], validated)
        own = held_out.reshape(-1, len(boxes))[among]
        probability[validated] = mean_of_held_out(by_region[part["train"][among]], own)
    used = {name: scans.positions[rows] for name, rows in part.items()}
    choices = [Purpose.EARLY_STOPPING, Purpose.CHOICE_OF_EPOCH, *([Purpose.AGGREGATION] if len(boxes) > 1 else [])]
    uses = {Purpose.WEIGHTS: used["train"], **dict.fromkeys(choices, used["validation"])}
    write_training(training, scans.index, uses)
    rows = [row for progress in trained.progress for row in progress.history]
    write_table(history, pd.DataFrame(rows).round(6))
    save_weights(weights, trained.weights)
    write_json(model, model_record(trained, voting, init_from, settings, resolution_mm))
    write_scores(scores, scans.rows, probability, "probability", 0.5, (task, approach, fold))
    for each in trained.checkpoints:
        each.remove()


def model_record(
    trained: TrainedNetworks, voting: np.ndarray, init_from: list[Path], settings: CnnApproach, resolution_mm: float
) -> dict[str, object]:
    """Return the content of `model.json`.

    Parameters
    ----------
    trained : TrainedNetworks
        Networks and their history.
    voting : ndarray, shape (regions,)
        Aggregation weights of the input regions.
    init_from : list of Path
        Weights that initialized the networks; `builds_on` has their task, approach and fold.
    settings : CnnApproach
        Settings of the approach.
    resolution_mm : float
        Voxel size of the study grid in mm.

    Returns
    -------
    dict of str to object
        Values for JSON.
    """
    return {
        "architecture": trained.architecture,
        "computed_on": trained.computed_on,
        "parameters": trained.parameters,
        "networks": len(trained.weights),
        "best_epoch": [epoch for progress in trained.progress for epoch in progress.best_epoch],
        "epochs": max(progress.epoch - 1 for progress in trained.progress),
        "aggregation_weights": [round(float(weight), 6) for weight in voting],
        "builds_on": ["/".join(path.parent.parts[-3:]) for path in init_from],
        "settings": settings.model_dump(),
        "resolution_mm": resolution_mm,
    }


if __name__ == "__main__":
    step.run(train_cnn)
