"""Select the torch device."""

import torch

from adrepro.core.errors import UserError


def select_device(wanted: str) -> torch.device:
    """Return the torch device for a setting.

    Parameters
    ----------
    wanted : str
        `cpu`, `cuda`, or `auto` for a GPU if one is available and the CPU otherwise.

    Raises
    ------
    UserError
        If `cuda` was requested and no GPU is available.
    """
    if wanted == "cuda" and not torch.cuda.is_available():
        raise UserError("device: cuda needs a visible GPU, and there is none; use device: auto or cpu")
    return torch.device("cuda" if wanted != "cpu" and torch.cuda.is_available() else "cpu")
