"""Training loop: mixed precision, early stopping, exact resume; one network or several trained jointly."""

import math
import time
from collections.abc import Callable
from dataclasses import asdict
from typing import Any, Protocol

import numpy as np
import torch
from torch import nn

from adrepro.config.settings.approaches import CnnInput
from adrepro.core.errors import UserError
from adrepro.models.deep.checkpoint import Checkpoint
from adrepro.models.deep.dataset import PatchDataset, batch_indices
from adrepro.models.deep.determinism import random_state, set_random_state
from adrepro.models.deep.early_stopping import Progress, update_early_stopping
from adrepro.models.deep.objectives import Objective
from adrepro.models.deep.precision import ComputePolicy

STRIDE = 7919  # between the seeds of the order of samples in consecutive epochs


class Stateful(Protocol):
    """Object whose state a checkpoint saves: network, optimizer or gradient scaler."""

    def state_dict(self) -> dict[str, Any]:
        """Return the state."""

    def load_state_dict(self, state: dict[str, Any], /) -> object:
        """Load a state that `state_dict` returned."""


def clip_gradients(parameters: list[nn.Parameter], networks: int, max_norm: float) -> None:
    """Clip the gradient of each of several jointly trained networks to a norm, in place.

    Parameters
    ----------
    parameters : list of Parameter
        Parameters of all networks, which are in equal parts of the first axis.
    networks : int
        Number of networks.
    max_norm : float
        Largest norm of the gradient of one network.
    """
    gradients = [p.grad for p in parameters if p.grad is not None]
    squares = torch.zeros(networks, device=gradients[0].device)
    for g in gradients:
        squares = squares + g.reshape(networks, -1).square().sum(1)
    factor = (max_norm / (torch.sqrt(squares) + 1e-6)).clamp(max=1)
    for g in gradients:
        g.mul_(factor.repeat_interleave(len(g) // networks).view(-1, *[1] * (g.ndim - 1)))


def learning_rate(settings: CnnInput, epoch: int) -> float:
    """Return the learning rate of an epoch (from 1): constant, or falling to 0 over `epochs` by half a cosine.

    Parameters
    ----------
    settings : CnnInput
        `learning_rate`, `schedule` and `epochs` are used.
    epoch : int
        Number of the epoch, from 1.

    Returns
    -------
    float
    """
    if settings.schedule == "cosine":
        return settings.learning_rate * (1 + math.cos(math.pi * (epoch - 1) / settings.epochs)) / 2
    return settings.learning_rate


def train(
    network: nn.Module,
    training: PatchDataset,
    validation: PatchDataset,
    objective: Objective,
    settings: CnnInput,
    policy: ComputePolicy,
    seed: int,
    networks: int = 1,
    checkpoint: Checkpoint | None = None,
    augment: Callable[[torch.Tensor, int], torch.Tensor] | None = None,
    on_epoch_end: Callable[[dict[str, float]], None] | None = None,
) -> Progress:
    """Train by Adam until no network has improved for `patience` epochs, or for `epochs`.

    Parameters
    ----------
    network : Module
        Network, or group of `networks` jointly trained ones in equal parts of the first axis of all tensors.
    training, validation : PatchDataset
        Samples.
    objective : Objective
        Loss and validation metrics.
    settings : CnnInput
        Settings of optimizer, batches, early stopping and selection.
    policy : ComputePolicy
        Device and precision.
    seed : int
        Seed of the order of samples.
    networks : int
        Number of networks in `network`.
    checkpoint : Checkpoint, optional
        File of the state; if it has one, training resumes there and ends with the same weights.
    augment : callable, optional
        Function of a batch and of a number that differs in every step, see `augmentation`.
    on_epoch_end : callable, optional
        Callback for each row of the history.

    Returns
    -------
    Progress
        History and best weights.

    Raises
    ------
    UserError
        If a loss is not finite, or after a scheduler's signal to stop: the state is then saved.
    """
    policy.place(network)
    trained = [p for p in network.parameters() if p.requires_grad]
    optimizer = torch.optim.Adam(trained, weight_decay=settings.weight_decay, fused=True)
    scaler = torch.amp.GradScaler(policy.device.type, enabled=policy.dtype == torch.float16)
    stateful: dict[str, Stateful] = {"network": network, "optimizer": optimizer, "scaler": scaler}
    progress = _resume(checkpoint, stateful, policy) or Progress(networks)
    order = torch.Generator()

    def save(epoch_ended: bool, total: torch.Tensor) -> None:
        if checkpoint and checkpoint.due(epoch_ended):
            progress.loss = total.cpu()
            state = {name: each.state_dict() for name, each in stateful.items()}
            checkpoint.write({**state, "progress": asdict(progress), "random": random_state(policy.device)})

    begin, done = time.monotonic(), progress.epoch - 1
    while progress.epoch <= settings.epochs and min(progress.waited) < settings.patience:
        batches = batch_indices(len(training), settings.batch_size, order.manual_seed(seed + progress.epoch * STRIDE))
        for group in optimizer.param_groups:
            group["lr"] = learning_rate(settings, progress.epoch)
        network.train()
        total = progress.loss.to(policy.device)
        while progress.step < len(batches):
            x, y = training.batch(batches[progress.step], policy.device)
            if augment:
                x = augment(x, progress.epoch * len(batches) + progress.step)
            with policy.autocast():
                output = network(policy.to_channels_last(x))
            losses = objective.losses(output, x, y)
            scaler.scale(losses.sum() / settings.accumulate).backward()
            total += losses.detach() * len(y)
            progress.seen, progress.step = progress.seen + len(y), progress.step + 1
            if progress.step % settings.accumulate == 0 or progress.step == len(batches):
                scaler.unscale_(optimizer)
                clip_gradients(trained, networks, settings.clip_norm)
                scaler.step(optimizer)
                scaler.update()
                optimizer.zero_grad()
                save(False, total)
        metrics = objective.validate(network, validation, settings.batch_size, policy)
        mean_losses: np.ndarray = (total / progress.seen).cpu().numpy()
        rows = _history_rows(progress, mean_losses, metrics)
        update_early_stopping(progress, metrics, network, settings)
        progress.history += rows
        for row in rows:
            if on_epoch_end:
                on_epoch_end(row)
        left = (time.monotonic() - begin) / (progress.epoch - done) * (settings.epochs - progress.epoch)
        validated = ", ".join(f"validation {name} {x.mean():.4f}" for name, x in metrics.items())
        epoch = f"epoch {progress.epoch} of {settings.epochs}: loss {mean_losses.mean():.4f}"
        print(f"{epoch}, {validated}, at most {left:.0f} s left", flush=True)
        progress.epoch, progress.step, progress.seen, progress.loss = progress.epoch + 1, 0, 0, torch.zeros(networks)
        save(True, progress.loss)
    return progress


def _resume(checkpoint: Checkpoint | None, stateful: dict[str, Stateful], policy: ComputePolicy) -> Progress | None:
    """Load the state of a checkpoint into network, optimizer, scaler and random generators; None without one."""
    state = checkpoint.read() if checkpoint else None
    if state is None:
        return None
    for name, each in stateful.items():
        each.load_state_dict(state[name])
    progress = Progress(**state["progress"])
    set_random_state(state["random"], policy.device)
    print(f"resumes in epoch {progress.epoch} after batch {progress.step}", flush=True)
    return progress


def _history_rows(progress: Progress, losses: np.ndarray, metrics: dict[str, np.ndarray]) -> list[dict[str, float]]:
    """Return the rows of the history for one epoch, one for each network.

    Raises
    ------
    UserError
        If a training or validation loss is not finite.
    """
    if not (np.isfinite(losses).all() and np.isfinite(metrics["loss"]).all()):
        raise UserError(f"the loss is not finite in epoch {progress.epoch}; lower learning_rate or check the images")
    return [
        {"epoch": progress.epoch, "network": i, "training_loss": float(losses[i])}
        | {f"validation_{name}": float(x[i]) for name, x in metrics.items()}
        for i in range(progress.networks)
    ]
