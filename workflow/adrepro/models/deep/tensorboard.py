"""TensorBoard writer of training and validation losses."""

from collections.abc import Callable
from pathlib import Path

from adrepro.core.errors import UserError


def tensorboard_writer(folder: Path, enabled: bool) -> Callable[[dict[str, float]], None] | None:
    """Return a function that writes one row of the training history for TensorBoard.

    Parameters
    ----------
    folder : Path
        Folder of the event files.
    enabled : bool
        If false, return None.

    Returns
    -------
    callable or None
        Callback for `trainer.train`.

    Raises
    ------
    UserError
        If TensorBoard is not installed.
    """
    if not enabled:
        return None
    try:
        from torch.utils.tensorboard import SummaryWriter
    except ImportError:
        raise UserError(
            'cnn_training.tensorboard: install it with pip install -e ".[tensorboard]", or set it to false'
        ) from None
    writer = SummaryWriter(str(folder))

    def on_epoch_end(row: dict[str, float]) -> None:
        for name, value in row.items():
            if name not in ("epoch", "network"):
                writer.add_scalar(f"{name}/network-{row['network']:.0f}", value, int(row["epoch"]))
        writer.flush()

    return on_epoch_end
