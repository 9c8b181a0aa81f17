"""State of a training, early stopping and selection of the best weights."""

import math
from dataclasses import dataclass, field

import numpy as np
import torch
from torch import nn

from adrepro.config.settings.approaches import CnnInput


@dataclass
class Progress:
    """State of a training except for networks and optimizer; all of it is saved in checkpoints.

    Attributes
    ----------
    networks : int
        Number of jointly trained networks; lists have one entry for each.
    epoch : int
        Current epoch, from 1; after the training one more than the last.
    step : int
        Batches of the current epoch that are done.
    loss : Tensor, shape (networks,)
        Sum of the losses of the samples of the current epoch.
    seen : int
        Samples of the current epoch that are done.
    history : list of dict of str to float
        Epoch, network, training loss and validation metrics.
    best : list of tuple of (float, float)
        Best value of the selection metric, and minus the loss of that epoch.
    best_epoch : list of int
        Epoch of the best value.
    lowest : list of float
        Lowest value of the early stopping metric (sign such that lower is better).
    waited : list of int
        Epochs without improvement.
    weights : dict of str to Tensor
        Best weights so far, of all networks as one group.
    """

    networks: int
    epoch: int = 1
    step: int = 0
    loss: torch.Tensor = field(default_factory=lambda: torch.zeros(0))
    seen: int = 0
    history: list[dict[str, float]] = field(default_factory=list)
    best: list[tuple[float, float]] = field(default_factory=list)
    best_epoch: list[int] = field(default_factory=list)
    lowest: list[float] = field(default_factory=list)
    waited: list[int] = field(default_factory=list)
    weights: dict[str, torch.Tensor] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if not self.best:
            self.loss = torch.zeros(self.networks)
            self.best, self.best_epoch = [(-math.inf, -math.inf)] * self.networks, [0] * self.networks
            self.lowest, self.waited = [math.inf] * self.networks, [0] * self.networks


def update_early_stopping(
    progress: Progress, metrics: dict[str, np.ndarray], network: nn.Module, settings: CnnInput
) -> None:
    """Keep the weights of networks that have improved, and count the epochs without improvement.

    Networks that have stopped keep their weights.

    Parameters
    ----------
    progress : Progress
        State of the training, changed in place.
    metrics : dict of str to ndarray, shape (networks,)
        Validation metrics of the epoch; `loss` is better when lower, all others when higher.
    network : Module
        Network, or group of jointly trained networks, with the weights of this epoch.
    settings : CnnInput
        `selection_metric` (of equal values the one with the lower loss is better), `early_stopping_metric` and
        `patience` are used.
    """
    value = {name: -x if name == "loss" else x for name, x in metrics.items()}
    better = []
    for i in range(progress.networks):
        if progress.waited[i] >= settings.patience:
            continue
        now = (float(value[settings.selection_metric][i]), float(value["loss"][i]))
        if now > progress.best[i]:
            progress.best[i], progress.best_epoch[i] = now, progress.epoch
            better.append(i)
        watched = -float(value[settings.early_stopping_metric][i])
        if watched < progress.lowest[i]:
            progress.lowest[i], progress.waited[i] = watched, 0
        else:
            progress.waited[i] += 1
    if better:
        for name, tensor in network.state_dict().items():
            stored = progress.weights.setdefault(name, tensor.detach().cpu().clone())
            if tensor.ndim:
                rows = stored.unflatten(0, (progress.networks, -1))
                rows[better] = tensor.detach().cpu().unflatten(0, (progress.networks, -1))[better]
