"""What a network learns: to tell classes apart, or to give its input back."""

from dataclasses import dataclass
from typing import Protocol

import numpy as np
import torch
from sklearn.metrics import balanced_accuracy_score
from torch import nn
from torch.nn.functional import cross_entropy

from adrepro.models.deep.dataset import Samples, batches
from adrepro.models.deep.precision import Arithmetic


class Objective(Protocol):
    """The two things that training asks."""

    def losses(self, output: torch.Tensor, x: torch.Tensor, y: torch.Tensor) -> torch.Tensor:
        """Mean loss of each network over a batch, shape (networks,)."""

    def validate(self, network: nn.Module, data: Samples, batch: int, how: Arithmetic) -> dict[str, np.ndarray]:
        """Measures of each network on validation samples, `loss` among them, each of shape (networks,)."""


@torch.no_grad()
def predict(network: nn.Module, data: Samples, batch: int, how: Arithmetic) -> torch.Tensor:
    """Logits in float32 on the CPU, shape (samples, networks, 2)."""
    network.train(False)
    found = []
    for chosen in batches(len(data), batch):
        with how.autocast():
            found.append(network(how.laid_out(data.batch(chosen, how.device)[0])).float().cpu())
    return torch.cat(found)


@dataclass(frozen=True)
class Classify:
    """Cross-entropy between two classes, `weights` (2,) weighing them."""

    weights: torch.Tensor | None = None

    def losses(self, output: torch.Tensor, x: torch.Tensor, y: torch.Tensor) -> torch.Tensor:
        networks = output.shape[1]
        weights = None if self.weights is None else self.weights.to(output.device)
        each = cross_entropy(output.float().flatten(0, 1), y.repeat_interleave(networks), weights, reduction="none")
        each = each.unflatten(0, (-1, networks)).sum(0)
        return each / (len(y) if weights is None else weights[y].sum())

    def validate(self, network: nn.Module, data: Samples, batch: int, how: Arithmetic) -> dict[str, np.ndarray]:
        logits, target = predict(network, data, batch, how), data.sample_targets()
        accuracy = [balanced_accuracy_score(target, one.argmax(1)) for one in logits.unbind(1)]
        return {"loss": self.losses(logits, logits, target).numpy(), "balanced_accuracy": np.array(accuracy)}


@dataclass(frozen=True)
class Reconstruct:
    """Mean squared error between an autoencoder's output and its input."""

    def losses(self, output: torch.Tensor, x: torch.Tensor, y: torch.Tensor) -> torch.Tensor:
        return (output.float() - x).square().mean().reshape(1)

    @torch.no_grad()
    def validate(self, network: nn.Module, data: Samples, batch: int, how: Arithmetic) -> dict[str, np.ndarray]:
        network.train(False)
        total = 0.0
        for chosen in batches(len(data), batch):
            x, y = data.batch(chosen, how.device)
            with how.autocast():
                total += self.losses(network(how.laid_out(x)), x, y).item() * len(y)
        return {"loss": np.array([total / len(data)])}
