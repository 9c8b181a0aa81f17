"""A trained CNN approach on disk: weights without pickle, and what is needed to use them."""

import re
from pathlib import Path

import numpy as np
import torch
from safetensors import SafetensorError
from safetensors.torch import load_file, save_file
from torch import nn

from adrepro.core.errors import UserError
from adrepro.core.files import read_json, replacing
from adrepro.imaging.grids import study_grid
from adrepro.models.deep.architectures import join_copies
from adrepro.models.deep.dataset import Samples
from adrepro.models.deep.input_regions import boxes_of
from adrepro.models.deep.objectives import predict
from adrepro.models.deep.precision import Arithmetic
from adrepro.models.deep.registry import build

Weights = dict[str, torch.Tensor]
ENCODER = "0."  # the convolutional part in the names of Conv5_FC3 and Conv4_FC3


def save_weights(path: Path, networks: list[Weights]) -> None:
    """Write the weights of one network, or of one per part, as safetensors."""
    named = {f"{i:02d}.{name}": value.contiguous() for i, one in enumerate(networks) for name, value in one.items()}
    with replacing(path) as temporary:
        save_file(named, temporary)


def load_weights(path: Path) -> list[Weights]:
    """What `save_weights` wrote."""
    try:
        named = load_file(path)
    except (SafetensorError, OSError) as error:
        raise UserError(f"{path}: cannot be read ({error}); delete it and run again") from None
    found: dict[str, Weights] = {}
    if not all(re.fullmatch(r"[0-9]+\..+", key) for key in named):
        raise UserError(f"{path}: not weights that adrepro wrote; delete it and run again")
    for key in sorted(named):
        number, name = key.split(".", 1)
        found.setdefault(number, {})[name] = named[key]
    return list(found.values())


def start(network: nn.Module, copies: int, weights: list[Weights], where: Path) -> None:
    """Give a network the weights of an earlier one: all of them, or an autoencoder's encoder.

    One network starts each of many; many start each its own.
    """
    if len(weights) not in (1, copies):
        raise UserError(f"{where}: holds {len(weights)} networks, {copies} were to start from it")
    given = join_copies(weights * copies if len(weights) == 1 else weights)
    own = network.state_dict()
    wanted = {name for name in own if name.startswith(ENCODER)} if set(given) != set(own) else set(own)
    unfit = [name for name in sorted(wanted) if name not in given or given[name].shape != own[name].shape]
    if unfit or not wanted:
        raise UserError(f"{where}: its layers do not fit ({', '.join(unfit[:3]) or 'no common layer'}); name one alike")
    network.load_state_dict({**own, **{name: given[name] for name in wanted}})


def part_probabilities(
    settings: dict,
    resolution_mm: float,
    weights: list[Weights],
    volumes: np.ndarray,
    positions: np.ndarray,
    how: Arithmetic,
) -> np.ndarray:
    """Probability of the positive class for each part of each image, shape (images, parts)."""
    boxes = boxes_of(settings["kind"], study_grid(resolution_mm), settings.get("slice_step", 1))
    found = []
    groups = grouped(boxes, settings)
    for boxes_together in groups:
        copies = len(boxes_together) if settings["per_position"] else 1
        own, weights = weights[:copies], weights[copies:]
        samples = Samples(
            volumes,
            positions,
            np.zeros(len(positions)),
            boxes_together,
            settings["rescale"],
            settings["per_position"],
        )
        network = build(settings, samples.shape, copies)
        network.load_state_dict(join_copies(own))
        how.place(network)
        logits = predict(network, samples.load(how.device), settings["batch_size"], how)  # (samples, copies, 2)
        found.append(torch.softmax(logits, 2)[..., 1].reshape(len(positions), len(boxes_together)))
    return torch.cat(found, 1).double().numpy()


def grouped(boxes: list, settings: dict) -> list[list]:
    """Parts in groups whose networks are trained side by side; one group where one network sees all parts."""
    if not settings["per_position"]:
        return [boxes]
    size = settings["together"]
    return [boxes[first : first + size] for first in range(0, len(boxes), size)]


def load_networks(folder: Path, fold: int) -> nn.Module:
    """The network of one fold of an exported model (networks of parts stand side by side), ready to predict."""
    known = read_json(folder / "adrepro.json")
    weights = load_weights(folder / known["folds"][fold]["weights"])
    network = build(known["settings"], tuple(known["input_size"]), len(weights))
    network.load_state_dict(join_copies(weights))
    return network.train(False)
