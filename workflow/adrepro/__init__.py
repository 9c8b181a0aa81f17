"""From T1w brain MRI in BIDS to a comparison of linear SVMs and 3D CNNs."""

from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from torch import nn

__version__ = "0.1.0"


def load_networks(folder: Path, fold: int) -> "nn.Module":
    """Load the networks of one fold of an exported model, ready to predict.

    A stable name: exported MONAI bundles import it.

    Parameters
    ----------
    folder : Path
        Folder of the exported model, which holds `adrepro.json`.
    fold : int
        Number of the cross-validation fold.

    Returns
    -------
    torch.nn.Module
        From input regions (B, networks, X, Y, Z) to logits (B, networks, 2). Networks of several input regions stand
        side by side.
    """
    from adrepro.models.deep.weights import load_networks as load  # lazy: torch is slow to load

    return load(folder, fold)
