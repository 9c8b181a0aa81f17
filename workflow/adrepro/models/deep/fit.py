"""Training of all networks of one approach in one fold."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch

from adrepro.config.settings.approaches import CnnApproach
from adrepro.core.code_hash import code_hash
from adrepro.core.errors import UserError
from adrepro.core.files import sha256
from adrepro.models.deep.architectures import split_copies
from adrepro.models.deep.augmentation import augmentation
from adrepro.models.deep.checkpoint import Checkpoint, fingerprint
from adrepro.models.deep.dataset import PatchDataset
from adrepro.models.deep.early_stopping import Progress
from adrepro.models.deep.input_regions import Box
from adrepro.models.deep.objectives import Classify
from adrepro.models.deep.precision import select_precision
from adrepro.models.deep.registry import architecture, build
from adrepro.models.deep.tensorboard import tensorboard_writer
from adrepro.models.deep.trainer import train
from adrepro.models.deep.weights import Weights, initialize, jointly_trained, load_weights
from adrepro.models.fold_data import Fold


@dataclass
class TrainedNetworks:
    """Best weights and training history of each network of an approach.

    Attributes
    ----------
    weights : list of Weights
        Best weights of each network.
    progress : list of Progress
        History of each group of jointly trained networks.
    checkpoints : list of Checkpoint
        Checkpoints of each group, to remove after the results are written.
    architecture : str
        Name of the network in tables and the report.
    parameters : int
        Number of parameters of all networks.
    computed_on : str
        Device and precision.
    """

    weights: list[Weights]
    progress: list[Progress]
    checkpoints: list[Checkpoint]
    architecture: str
    parameters: int
    computed_on: str = ""


def class_weights(target: np.ndarray, rule: str) -> torch.Tensor | None:
    """Return the weights of the classes in the loss.

    Parameters
    ----------
    target : ndarray of int, shape (n,)
        Class of each training scan, 0 or 1.
    rule : {"none", "balanced"}
        With `balanced`, weights are inversely proportional to class size.

    Returns
    -------
    Tensor of float32, shape (2,), or None
        None for `none`.
    """
    if rule == "none":
        return None
    return torch.tensor(len(target) / (2 * np.bincount(target, minlength=2)), dtype=torch.float32)


def fit(
    fold: Fold,
    part: dict[str, np.ndarray],
    held_out: np.ndarray | None,
    boxes: list[Box],
    settings: CnnApproach,
    device: torch.device,
    seed: int,
    init_from: Path | None,
    imagenet: Path | None,
    checkpoint: Path,
) -> TrainedNetworks:
    """Train one network on all input regions, or one network per patch in groups that are trained jointly.

    Parameters
    ----------
    fold : Fold
        Scans, targets and images.
    part : dict of str to ndarray of int
        Row numbers of the fold under `train` and `validation`.
    held_out : ndarray of bool, shape (rows of a part * regions,), optional
        Validation samples where both parts are the same images (deliberate leakage of `leaky_slice_split`).
    boxes : list of Box
        Input regions (voxels of the study grid).
    settings : CnnApproach
        Complete settings of the approach.
    device : torch.device
        Device of the training.
    seed : int
        Seed of initial weights, order of samples and augmentation.
    init_from : Path, optional
        Safetensors of the networks whose weights initialize these.
    imagenet : Path, optional
        File of ImageNet weights of torchvision's ResNet-18.
    checkpoint : Path
        Prefix of the checkpoint files, one for each group.

    Returns
    -------
    TrainedNetworks
        Best weights of each network, in the order of `boxes`.

    Raises
    ------
    UserError
        If the initial weights do not fit, the loss is not finite, or a scheduler stopped the training.
    """
    initial = load_weights(init_from) if init_from else None
    initial_hash = sha256(init_from) if init_from else ""
    trained = TrainedNetworks([], [], [], "", 0)
    for number, group in enumerate(jointly_trained(boxes, settings)):
        copies = len(group) if settings.one_network_per_patch else 1
        data = _datasets(fold, part, held_out, group, settings, device)
        torch.manual_seed(seed + number)
        network = build(settings, data["train"].shape, copies, imagenet)
        if initial and init_from:
            initialize(network, copies, _of_group(initial, boxes, group, init_from), init_from)
        shape = (copies, *data["train"].shape)
        policy = select_precision(device, settings.precision, network, shape)
        trained.architecture = architecture(settings, data["train"].shape)
        trained.parameters += sum(p.numel() for p in network.parameters())
        trained.computed_on = f"{policy.device_name}, {str(policy.dtype).removeprefix('torch.')}"
        print(f"{trained.architecture}: {copies} network(s), {len(group)} input regions, on {policy}", flush=True)
        code, threads = code_hash("models.deep.fit"), torch.get_num_threads()
        identity = fingerprint(
            settings.model_dump(), seed, number, fold.identity(), threads, str(policy), initial_hash, code
        )
        own_checkpoint = Checkpoint(
            checkpoint.with_name(f"{checkpoint.name}-{number}.pt"), identity, settings.checkpoint_interval_min
        )
        objective = Classify(class_weights(fold.target[part["train"]], settings.class_weight))
        augment = augmentation(settings.augment, seed)
        with own_checkpoint.watching_signals():
            events = checkpoint.with_name(f"{checkpoint.name}-{number}-events")
            progress = train(
                network, data["train"], data["validation"], objective, settings, policy, seed + number, copies,
                own_checkpoint, augment, tensorboard_writer(events, settings.tensorboard),
            )  # fmt: skip
        trained.weights += split_copies(progress.weights, copies)
        trained.progress.append(progress)
        trained.checkpoints.append(own_checkpoint)
    return trained


def _datasets(
    fold: Fold,
    part: dict[str, np.ndarray],
    held_out: np.ndarray | None,
    group: list[Box],
    settings: CnnApproach,
    device: torch.device,
) -> dict[str, PatchDataset]:
    """Return the training and validation samples of one group of input regions; see `fit`."""
    data = {}
    for name, rows in part.items():
        only = None if held_out is None else np.flatnonzero(held_out == (name == "validation"))
        positions, target = fold.positions[rows], fold.target[rows]
        samples = PatchDataset(
            fold.volumes, positions, target, group, settings.intensity_scaling, settings.one_network_per_patch, only
        )
        data[name] = samples.load(device)
    return data


def _of_group(weights: list[Weights], boxes: list[Box], group: list[Box], path: Path) -> list[Weights]:
    """Return the saved networks that initialize a group: the only one, or those of the group's input regions."""
    if len(weights) not in (1, len(boxes)):
        raise UserError(f"{path}: has {len(weights)} networks for {len(boxes)} input regions; use the same approach")
    first = boxes.index(group[0])
    return weights if len(weights) == 1 else weights[first : first + len(group)]
