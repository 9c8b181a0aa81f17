"""Where torch computes."""

import torch

from adrepro.core.errors import UserError


def pick_device(wanted: str) -> torch.device:
    """`auto` takes the GPU where there is one; `cuda` insists on it."""
    if wanted == "cuda" and not torch.cuda.is_available():
        raise UserError("device: cuda was asked for and no GPU is visible; use device: auto or cpu")
    return torch.device("cuda" if wanted != "cpu" and torch.cuda.is_available() else "cpu")
