"""Training objectives: classification and reconstruction losses."""

from dataclasses import dataclass
from typing import Protocol

import numpy as np
import torch
from sklearn.metrics import balanced_accuracy_score
from torch import nn
from torch.nn.functional import cross_entropy

from adrepro.models.deep.dataset import PatchDataset, batch_indices
from adrepro.models.deep.precision import ComputePolicy


class Objective(Protocol):
    """Loss and validation metrics of a training."""

    def losses(self, output: torch.Tensor, x: torch.Tensor, y: torch.Tensor) -> torch.Tensor:
        """Return the mean loss of each network over a batch.

        Parameters
        ----------
        output : Tensor
            Output of the networks.
        x : Tensor, shape (B, channels, X, Y, Z)
            Input of the networks.
        y : Tensor of int64, shape (B,)
            Classes.

        Returns
        -------
        Tensor of float32, shape (networks,)
            Losses.
        """

    def validate(
        self, network: nn.Module, data: PatchDataset, batch: int, policy: ComputePolicy
    ) -> dict[str, np.ndarray]:
        """Return the validation metrics of each network.

        Parameters
        ----------
        network : Module
            Network, or group of jointly trained networks.
        data : PatchDataset
            Validation samples.
        batch : int
            Samples per batch.
        policy : ComputePolicy
            Device and precision.

        Returns
        -------
        dict of str to ndarray, shape (networks,)
            `loss`, and further metrics by name.
        """


@torch.no_grad()
def predict(network: nn.Module, data: PatchDataset, batch: int, policy: ComputePolicy) -> torch.Tensor:
    """Return the logits of every sample.

    Parameters
    ----------
    network : Module
        Network, or group of jointly trained networks; it is set to evaluation mode.
    data : PatchDataset
        Samples.
    batch : int
        Samples per batch.
    policy : ComputePolicy
        Device and precision.

    Returns
    -------
    Tensor of float32 on the CPU, shape (samples, networks, 2)
        Logits.
    """
    network.train(False)
    logits = []
    for chosen in batch_indices(len(data), batch):
        with policy.autocast():
            logits.append(network(policy.to_channels_last(data.batch(chosen, policy.device)[0])).float().cpu())
    return torch.cat(logits)


@dataclass(frozen=True)
class Classify:
    """Cross-entropy of two classes.

    Attributes
    ----------
    weights : Tensor of float32, shape (2,), optional
        Weights of the classes.
    """

    weights: torch.Tensor | None = None

    def losses(self, output: torch.Tensor, x: torch.Tensor, y: torch.Tensor) -> torch.Tensor:
        """Return the cross-entropy of each network; `output` are logits (B, networks, 2). See `Objective`."""
        networks = output.shape[1]
        weights = None if self.weights is None else self.weights.to(output.device)
        each = cross_entropy(output.float().flatten(0, 1), y.repeat_interleave(networks), weights, reduction="none")
        each = each.unflatten(0, (-1, networks)).sum(0)
        return each / (len(y) if weights is None else weights[y].sum())

    def validate(
        self, network: nn.Module, data: PatchDataset, batch: int, policy: ComputePolicy
    ) -> dict[str, np.ndarray]:
        """Return `loss` and `balanced_accuracy` of each network. See `Objective`."""
        logits, target = predict(network, data, batch, policy), data.sample_targets()
        accuracy = [balanced_accuracy_score(target, one.argmax(1)) for one in logits.unbind(1)]
        return {"loss": self.losses(logits, logits, target).numpy(), "balanced_accuracy": np.array(accuracy)}


@dataclass(frozen=True)
class Reconstruct:
    """Mean squared error between the output and the input of an autoencoder."""

    def losses(self, output: torch.Tensor, x: torch.Tensor, y: torch.Tensor) -> torch.Tensor:
        """Return the mean squared error, shape (1,); the classes `y` are not used. See `Objective`."""
        return (output.float() - x).square().mean().reshape(1)

    @torch.no_grad()
    def validate(
        self, network: nn.Module, data: PatchDataset, batch: int, policy: ComputePolicy
    ) -> dict[str, np.ndarray]:
        """Return `loss`, the mean squared error over all samples. See `Objective`."""
        network.train(False)
        total = 0.0
        for chosen in batch_indices(len(data), batch):
            x, y = data.batch(chosen, policy.device)
            with policy.autocast():
                total += self.losses(network(policy.to_channels_last(x)), x, y).item() * len(y)
        return {"loss": np.array([total / len(data)])}
