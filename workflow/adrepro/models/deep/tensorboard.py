"""Losses for TensorBoard while a training runs, where the configuration asks for it."""

from collections.abc import Callable
from pathlib import Path

from adrepro.core.errors import UserError


def board(folder: Path, wanted: bool) -> Callable[[dict[str, float]], None] | None:
    """A function that takes one row of the history; None where nothing is wanted."""
    if not wanted:
        return None
    try:
        from torch.utils.tensorboard import SummaryWriter
    except ImportError:
        raise UserError(
            'training.tensorboard: install it with pip install -e ".[tensorboard]", or set it to false'
        ) from None
    writer = SummaryWriter(str(folder))

    def watch(row: dict[str, float]) -> None:
        for name, value in row.items():
            if name not in ("epoch", "network"):
                writer.add_scalar(f"{name}/network-{row['network']:.0f}", value, int(row["epoch"]))
        writer.flush()

    return watch
