"""Training of one network, on one page: seeded, early stopping, best weights by validation, history."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import torch
from sklearn.metrics import balanced_accuracy_score
from torch import nn
from torch.nn.functional import cross_entropy
from torch.utils.data import DataLoader

from .errors import UserError
from .parts import Parts


@dataclass(frozen=True)
class Trained:
    """The best weights, the epoch they come from, and one row per epoch."""

    weights: dict[str, torch.Tensor]
    epoch: int
    history: list[dict[str, float]]


def make_repeatable(seed: int, threads: int) -> None:
    """Seed torch and keep it to kernels and a thread count that give the same bytes again."""
    torch.manual_seed(seed)
    torch.set_num_threads(threads)
    torch.use_deterministic_algorithms(True, warn_only=True)
    torch.backends.cudnn.benchmark = False


@torch.no_grad()
def predict(network: nn.Module, data: Parts, batch: int, device: torch.device) -> np.ndarray:
    """Logits, shape (samples, 2)."""
    network.eval()
    return np.concatenate([network(x.to(device)).float().cpu().numpy() for x, _ in DataLoader(data, batch)])


def evaluate(logits: np.ndarray, targets: np.ndarray) -> tuple[float, float]:
    """Mean cross-entropy and balanced accuracy over samples."""
    loss = cross_entropy(torch.from_numpy(logits), torch.from_numpy(targets)).item()
    return loss, float(balanced_accuracy_score(targets, logits.argmax(axis=1)))


def train(
    network: nn.Module,
    training: Parts,
    validation: Parts,
    settings: dict,
    device: torch.device,
    seed: int,
    report: Callable[[str], None] = print,
) -> Trained:
    """Adam on cross-entropy until the validation loss has not fallen for `patience` epochs.

    `settings` holds `epochs batch_size accumulate learning_rate weight_decay patience clip_norm`. The best epoch has
    the highest validation balanced accuracy, and of equal ones the lowest loss.

    Raises
    ------
    UserError
        If the loss is not finite: there are then no best weights.
    """
    network.to(device)
    optimizer = torch.optim.Adam(
        network.parameters(), lr=settings["learning_rate"], weight_decay=settings["weight_decay"]
    )
    order = torch.Generator().manual_seed(seed)
    # A last batch of one sample has no variance for batch normalisation: leave it for the next epoch's order.
    lone = len(training) > 1 and len(training) % settings["batch_size"] == 1
    loader = DataLoader(training, settings["batch_size"], shuffle=True, generator=order, drop_last=lone)
    targets = np.repeat(np.asarray(validation.targets, dtype=np.int64), len(validation.boxes))
    history: list[dict[str, float]] = []
    weights, best, best_epoch, lowest, waited = {}, (-1.0, 0.0), 0, np.inf, 0
    for epoch in range(1, settings["epochs"] + 1):
        network.train()
        total, seen = 0.0, 0
        for step, (x, y) in enumerate(loader, start=1):
            loss = cross_entropy(network(x.to(device)), y.to(device))
            (loss / settings["accumulate"]).backward()
            total, seen = total + loss.item() * len(y), seen + len(y)
            if step % settings["accumulate"] == 0 or step == len(loader):
                nn.utils.clip_grad_norm_(network.parameters(), settings["clip_norm"])
                optimizer.step()
                optimizer.zero_grad()
        validation_loss, accuracy = evaluate(predict(network, validation, settings["batch_size"], device), targets)
        if not np.isfinite([total, validation_loss]).all():
            raise UserError(f"the loss is not finite in epoch {epoch}; lower learning_rate or look at the images")
        row = {"epoch": epoch, "training_loss": total / seen, "validation_loss": validation_loss}
        history.append({**row, "validation_balanced_accuracy": accuracy})
        losses = f"loss {total / seen:.4f}, validation {validation_loss:.4f}"
        report(f"epoch {epoch} of {settings['epochs']}: {losses}, balanced accuracy {accuracy:.3f}")
        if (accuracy, -validation_loss) > best:
            best, best_epoch = (accuracy, -validation_loss), epoch
            weights = {name: value.detach().cpu().clone() for name, value in network.state_dict().items()}
        lowest, waited = (validation_loss, 0) if validation_loss < lowest else (lowest, waited + 1)
        if waited >= settings["patience"]:
            break
    return Trained(weights, best_epoch, history)
