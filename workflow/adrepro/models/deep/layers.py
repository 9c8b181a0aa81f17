"""Layers of one network, and of several networks in parallel."""

import math

import torch
from torch import nn
from torch.nn import functional


class PadMaxPool3d(nn.Module):
    """Max-pooling by 2 that drops no voxel: axes of odd size are padded at their low end.

    (B, C, X, Y, Z) becomes (B, C, ceil(X / 2), ceil(Y / 2), ceil(Z / 2)). The published networks pad with zeros after
    ReLU. Padding with minus infinity before ReLU gives the same maps without a copy of the largest ones.
    """

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """Return maps of half the size, rounded up."""
        return functional.max_pool3d(x, 2, padding=[size % 2 for size in x.shape[2:]])


class GroupedLinear(nn.Module):
    """Fully connected layers of `copies` networks, (B, copies * before) to (B, copies * after).

    Parameters
    ----------
    copies : int
        Number of networks.
    before, after : int
        Input and output features of each layer.
    """

    def __init__(self, copies: int, before: int, after: int) -> None:
        super().__init__()
        self.copies = copies
        bound = 1 / math.sqrt(before)  # initial weights as those of nn.Linear
        self.weight = nn.Parameter(torch.empty(copies * after, before).uniform_(-bound, bound))
        self.bias = nn.Parameter(torch.empty(copies * after).uniform_(-bound, bound))

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """Return the features after each layer, (B, copies * after)."""
        x = x.unflatten(1, (self.copies, -1)).transpose(0, 1)  # (copies, B, before)
        weight, bias = self.weight.unflatten(0, (self.copies, -1)), self.bias.unflatten(0, (self.copies, 1, -1))
        return torch.baddbmm(bias, x, weight.transpose(1, 2)).transpose(0, 1).flatten(1)


def linear(copies: int, before: int, after: int) -> nn.Module:
    """Return a fully connected layer of one network, or of `copies` networks (see `GroupedLinear`).

    Parameters
    ----------
    copies : int
        Number of networks.
    before, after : int
        Input and output features of each.

    Returns
    -------
    Module
    """
    return nn.Linear(before, after) if copies == 1 else GroupedLinear(copies, before, after)
