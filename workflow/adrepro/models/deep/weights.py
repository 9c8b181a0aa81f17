"""Weights of trained networks: safetensors files and initialization of other networks."""

import re
from pathlib import Path

import torch
from safetensors import SafetensorError
from safetensors.torch import load_file, save_file
from torch import nn

from adrepro.config.settings.approaches import CnnApproach, CnnInput
from adrepro.core.errors import UserError
from adrepro.core.files import read_json, replacing
from adrepro.models.deep.architectures import join_copies
from adrepro.models.deep.input_regions import Box
from adrepro.models.deep.registry import build

Weights = dict[str, torch.Tensor]
ENCODER = "0."  # prefix of the convolutional part in Conv5_FC3 and Conv4_FC3


def save_weights(path: Path, networks: list[Weights]) -> None:
    """Write the weights of one network, or of one per patch.

    Parameters
    ----------
    path : Path
        Safetensors to write; names have the number of the network in front, such as `00.0.0.conv.weight`.
    networks : list of Weights
        Weights of each network.
    """
    named = {f"{i:02d}.{name}": value.contiguous() for i, one in enumerate(networks) for name, value in one.items()}
    with replacing(path) as temporary:
        save_file(named, temporary)


def load_weights(path: Path) -> list[Weights]:
    """Read the weights that `save_weights` wrote.

    Parameters
    ----------
    path : Path
        Safetensors.

    Returns
    -------
    list of Weights
        Weights of each network, on the CPU.

    Raises
    ------
    UserError
        If the file is damaged or was not written by `save_weights`.
    """
    try:
        named = load_file(path)
    except (SafetensorError, OSError) as error:
        raise UserError(f"{path}: cannot be read ({error}); delete it and run again") from None
    networks: dict[str, Weights] = {}
    if not all(re.fullmatch(r"[0-9]+\..+", key) for key in named):
        raise UserError(f"{path}: not weights that adrepro wrote; delete it and run again")
    for key in sorted(named):
        number, name = key.split(".", 1)
        networks.setdefault(number, {})[name] = named[key]
    return list(networks.values())


def initialize(network: nn.Module, copies: int, weights: list[Weights], path: Path) -> None:
    """Initialize a network, in place, from all weights of a trained one or from the encoder of an autoencoder.

    Parameters
    ----------
    network : Module
        Network, or group of `copies` networks.
    copies : int
        Number of networks.
    weights : list of Weights
        Weights of one network, which then initializes all, or of `copies` networks.
    path : Path
        File that the weights came from, for error messages.

    Raises
    ------
    UserError
        If the number of networks or their layers do not fit.
    """
    if len(weights) not in (1, copies):
        raise UserError(f"{path}: has {len(weights)} networks to initialize {copies}; use the same approach")
    given = join_copies(weights * copies if len(weights) == 1 else weights)
    own = network.state_dict()
    wanted = {name for name in own if name.startswith(ENCODER)} if set(given) != set(own) else set(own)
    unfit = [name for name in sorted(wanted) if name not in given or given[name].shape != own[name].shape]
    if unfit or not wanted:
        layers = ", ".join(unfit[:3]) or "no common layer"
        raise UserError(f"{path}: its layers do not fit ({layers}); initialize from the same network and input")
    network.load_state_dict({**own, **{name: given[name] for name in wanted}})


def jointly_trained(boxes: list[Box], settings: CnnInput) -> list[list[Box]]:
    """Return the input regions in groups whose networks are trained jointly.

    Parameters
    ----------
    boxes : list of Box
        Input regions.
    settings : CnnInput
        `one_network_per_patch` and `networks_per_batch` are used.

    Returns
    -------
    list of list of Box
        One group of all input regions, if one network is trained on all; otherwise groups of `networks_per_batch`.
    """
    if not settings.one_network_per_patch:
        return [boxes]
    size = settings.networks_per_batch
    return [boxes[first : first + size] for first in range(0, len(boxes), size)]


def load_networks(folder: Path, fold: int) -> nn.Module:
    """Return the networks of one fold of an exported model, in evaluation mode.

    Parameters
    ----------
    folder : Path
        Folder of the exported model, with `adrepro.json`.
    fold : int
        Number of the fold.

    Returns
    -------
    Module
        (B, networks, X, Y, Z) to logits (B, networks, 2).
    """
    known = read_json(folder / "adrepro.json")
    weights = load_weights(folder / known["folds"][fold]["weights"])
    network = build(CnnApproach.model_validate(known["settings"]), tuple(known["input_size"]), len(weights))
    network.load_state_dict(join_copies(weights))
    return network.train(False)
