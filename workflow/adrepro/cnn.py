"""One CNN approach in one fold: parts of the image, one network for all of them, and the vote."""

from pathlib import Path

import numpy as np
import pandas as pd
import torch

from . import step
from .device import pick_device
from .errors import UserError
from .files import read_table, replacing, write_json, write_table
from .grids import study_grid
from .networks import architecture, build
from .parts import Parts, boxes_of, vote_weights
from .scores import fold_rows, fold_seed, learnt_targets, select, write_scores, write_training
from .train import make_repeatable, predict, train


def cnn(
    volumes: Path,
    index: Path,
    split: Path,
    visits: Path,
    labels: Path,
    scores: Path,
    training: Path,
    history: Path,
    weights: Path,
    model: Path,
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
    rows, packed = fold_rows(split, visits, labels, fold, settings["training_data"]), np.load(volumes, mmap_mode="r")
    table, own_seed = read_table(index), fold_seed(seed, task, approach, fold)
    target = learnt_targets(rows, settings["permute_labels"], own_seed)
    positions = select(table, rows)
    boxes = boxes_of(settings["kind"], study_grid(resolution_mm))
    part = {name: (rows["split"] == name).to_numpy() for name in ("train", "validation")}
    for name, chosen in part.items():
        if len(np.unique(target[chosen])) < 2:
            raise UserError(f"{task} fold {fold}: the {name} part holds one class only; lower splits.folds")
    data = {name: Parts(packed, positions[chosen], target[chosen], boxes) for name, chosen in part.items()}
    make_repeatable(own_seed, torch_threads)
    where = pick_device(device)
    size = packed[0][boxes[0]].shape
    network = build(settings["kind"], size, settings["dropout"])
    parameters = sum(p.numel() for p in network.parameters())
    print(
        f"{architecture(settings['kind'], size)}, {parameters} parameters, {len(boxes)} parts, on {where.type}",
        flush=True,
    )
    try:
        trained = train(network, data["train"], data["validation"], settings, where, seed)
    except torch.cuda.OutOfMemoryError:
        raise UserError(f"out of GPU memory; lower approaches.{approach}.batch_size and raise accumulate") from None
    network.load_state_dict(trained.weights)
    everyone = Parts(packed, positions, target, boxes)
    logits = predict(network, everyone, settings["batch_size"], where)
    probability = torch.softmax(torch.from_numpy(logits), 1).numpy()[:, 1].reshape(len(rows), len(boxes))
    chosen = part["validation"]
    vote = vote_weights(probability[chosen], target[chosen], settings["vote"], settings["vote_threshold"])
    used = {name: np.asarray(parts.positions) for name, parts in data.items()}
    choices = ("early stopping", "choice of epoch", *(["voting weights"] if len(boxes) > 1 else []))
    write_training(training, table, {"weights": used["train"], **dict.fromkeys(choices, used["validation"])})
    write_table(history, pd.DataFrame(trained.history).round(6))
    with replacing(weights) as temporary:
        torch.save(trained.weights, temporary)
    write_json(
        model,
        {
            "architecture": architecture(settings["kind"], size),
            "parameters": parameters,
            "best_epoch": trained.epoch,
            "epochs": len(trained.history),
            "vote_weights": [round(float(w), 6) for w in vote],
        },
    )
    write_scores(scores, rows, probability @ vote, "probability", 0.5, (task, approach, fold))


if __name__ == "__main__":
    step.run(cnn)
