"""Training of all networks of one approach in one fold."""

import hashlib
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch

from adrepro.core.code_hash import code_hash
from adrepro.core.errors import UserError
from adrepro.models.deep.architectures import split_copies
from adrepro.models.deep.augmentation import augmentation
from adrepro.models.deep.checkpoint import Checkpoint, fingerprint
from adrepro.models.deep.dataset import Samples
from adrepro.models.deep.input_regions import Box
from adrepro.models.deep.objectives import Classify
from adrepro.models.deep.precision import pick_arithmetic
from adrepro.models.deep.registry import architecture, build
from adrepro.models.deep.tensorboard import board
from adrepro.models.deep.trainer import Progress, train
from adrepro.models.deep.weights import Weights, grouped, load_weights, start
from adrepro.models.fold_data import Fold


@dataclass
class Fitted:
    """The best weights of each network, how training went, and the files that keep its state until results stand."""

    weights: list[Weights]
    progress: list[Progress]
    checkpoints: list[Checkpoint]
    architecture: str
    parameters: int  # of all networks together
    computed_on: str = ""


def class_weights(target: np.ndarray, rule: str) -> torch.Tensor | None:
    """Weights of the two classes in the loss: None for `none`; `balanced` makes both count alike."""
    if rule == "none":
        return None
    return torch.tensor(len(target) / (2 * np.bincount(target, minlength=2)), dtype=torch.float32)


def fit(
    fold: Fold,
    part: dict[str, np.ndarray],
    held_out: np.ndarray | None,
    boxes: list[Box],
    settings: dict,
    device: torch.device,
    seed: int,
    start_from: Path | None,
    imagenet: Path | None,
    checkpoint: Path,
) -> Fitted:
    """Train one network on all parts, or one per part (`per_position`), so many side by side as `together` says.

    Parameters
    ----------
    part : dict of ndarray
        Row numbers of the fold under `train` and `validation`.
    held_out : ndarray of bool, shape (rows of a part * parts,), optional
        Samples to validate on where both parts are the same images (a leak on purpose).
    """
    earlier = load_weights(start_from) if start_from else None
    known = hashlib.sha256(start_from.read_bytes()).hexdigest() if start_from else ""
    found = Fitted([], [], [], "", 0)
    for number, group in enumerate(grouped(boxes, settings)):
        copies = len(group) if settings["per_position"] else 1
        data = {}
        for name, rows in part.items():
            only = None if held_out is None else np.flatnonzero(held_out == (name == "validation"))
            where, target = fold.positions[rows], fold.target[rows]
            samples = Samples(fold.volumes, where, target, group, settings["rescale"], settings["per_position"], only)
            data[name] = samples.load(device)
        torch.manual_seed(seed + number)
        network = build(settings, data["train"].shape, copies, imagenet)
        if earlier and start_from:
            start(network, copies, _of_group(earlier, boxes, group, start_from), start_from)
        shape = (copies, *data["train"].shape)
        how = pick_arithmetic(device, settings["precision"], network, shape)
        found.architecture = architecture(settings, data["train"].shape)
        found.parameters += sum(p.numel() for p in network.parameters())
        found.computed_on = f"{how.place_name}, {str(how.dtype).removeprefix('torch.')}"
        print(f"{found.architecture}: {copies} together, {len(group)} parts of each image, on {how}", flush=True)
        code = code_hash("models.deep.fit")
        identity = fingerprint(settings, seed, number, fold.identity(), torch.get_num_threads(), str(how), known, code)
        kept = Checkpoint(checkpoint.with_name(f"{checkpoint.name}-{number}.pt"), identity, settings["save_minutes"])
        objective = Classify(class_weights(fold.target[part["train"]], settings["class_weight"]))
        changes = augmentation(settings["augment"], seed)
        with kept.watching_signals():
            progress = train(
                network, data["train"], data["validation"], objective, settings, how, seed + number, copies, kept,
                changes, board(checkpoint.with_name(f"{checkpoint.name}-{number}-events"), settings["tensorboard"]),
            )  # fmt: skip
        found.weights += split_copies(progress.weights, copies)
        found.progress.append(progress)
        found.checkpoints.append(kept)
    return found


def _of_group(weights: list[Weights], boxes: list[Box], group: list[Box], where: Path) -> list[Weights]:
    """Of saved networks those that start a group: the one there is, or those of the group's parts."""
    if len(weights) not in (1, len(boxes)):
        raise UserError(f"{where}: holds {len(weights)} networks, there are {len(boxes)} parts")
    first = boxes.index(group[0])
    return weights if len(weights) == 1 else weights[first : first + len(group)]
