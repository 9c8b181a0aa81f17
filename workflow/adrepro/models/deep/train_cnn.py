"""One CNN approach in one fold: trained on parts of images, then scored once."""

from pathlib import Path

import numpy as np
import pandas as pd
import torch

from adrepro.core import step
from adrepro.core.errors import UserError
from adrepro.core.files import write_json, write_table
from adrepro.imaging.grids import study_grid
from adrepro.models.deep.fit import fit
from adrepro.models.deep.input_regions import boxes_of, held_out_parts, vote_by_held_out, vote_weights
from adrepro.models.deep.precision import Arithmetic, training_device
from adrepro.models.deep.trainer import make_repeatable
from adrepro.models.deep.weights import part_probabilities, save_weights
from adrepro.models.fold_data import read_fold
from adrepro.models.predictions import fold_seed, write_scores, write_training


def cnn(
    volumes: Path,
    index: Path,
    split: Path,
    visits: Path,
    labels: Path,
    start_from: list[Path],
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
    settings: dict,
    resolution_mm: float,
    device: str,
    torch_threads: int,
    seed: int,
) -> None:
    """Train on the training part of one fold; score validation, test and external participants once, at the end."""
    own_seed = fold_seed(seed, task, approach, fold)
    scans = read_fold(volumes, index, split, visits, labels, fold, settings, own_seed)
    boxes = boxes_of(settings["kind"], study_grid(resolution_mm), settings["slice_step"])
    part = {name: scans.part(name) for name in ("train", "validation")}
    validated, held_out = part["validation"], None
    for name, chosen in part.items():
        if len(np.unique(scans.target[chosen])) < 2:
            raise UserError(f"{task} fold {fold}: the {name} part holds one class only; lower splits.folds")
    if settings["split_slices"]:  # a leak on purpose: slices of one person on both sides
        part = dict.fromkeys(part, np.concatenate(list(part.values())))
        held_out = held_out_parts(len(part["train"]), len(boxes), settings["split_slices"], own_seed)
    make_repeatable(own_seed, torch_threads, settings["deterministic"])
    where = training_device(device)
    try:
        fitted = fit(
            scans, part, held_out, boxes, settings, where, own_seed,
            start_from[0] if start_from else None, imagenet[0] if imagenet else None, checkpoint,
        )  # fmt: skip
    except RuntimeError as error:
        if not isinstance(error, torch.OutOfMemoryError) and "allocate memory" not in str(error):
            raise
        other = " or together" if settings["per_position"] else ""
        raise UserError(
            f"out of memory on the {where.type}; lower approaches.{approach}.batch_size (and raise accumulate as "
            f"much){other}"
        ) from None
    by_part = part_probabilities(
        settings, resolution_mm, fitted.weights, scans.volumes, scans.positions, Arithmetic(where)
    )
    voting = np.full(len(boxes), 1 / len(boxes))
    if held_out is None:
        voting = vote_weights(by_part[validated], scans.target[validated], settings["vote"], settings["vote_threshold"])
    probability = by_part @ voting
    if held_out is not None:
        among = np.isin(part["train"], validated)
        probability[validated] = vote_by_held_out(
            by_part[part["train"][among]], held_out.reshape(-1, len(boxes))[among]
        )
    used = {name: scans.positions[rows] for name, rows in part.items()}
    choices = ("early stopping", "choice of epoch", *(["voting weights"] if len(boxes) > 1 else []))
    write_training(training, scans.index, {"weights": used["train"], **dict.fromkeys(choices, used["validation"])})
    rows = [row for progress in fitted.progress for row in progress.history]
    write_table(history, pd.DataFrame(rows).round(6))
    save_weights(weights, fitted.weights)
    write_json(
        model,
        {
            "architecture": fitted.architecture,
            "computed_on": fitted.computed_on,
            "parameters": fitted.parameters,
            "networks": len(fitted.weights),
            "best_epoch": [epoch for progress in fitted.progress for epoch in progress.best_epoch],
            "epochs": max(progress.epoch - 1 for progress in fitted.progress),
            "vote_weights": [round(float(weight), 6) for weight in voting],
            "builds_on": ["/".join(path.parent.parts[-3:]) for path in start_from],
            "settings": settings,
            "resolution_mm": resolution_mm,
        },
    )
    write_scores(scores, scans.rows, probability, "probability", 0.5, (task, approach, fold))
    for kept in fitted.checkpoints:
        kept.remove()


if __name__ == "__main__":
    step.run(cnn)
