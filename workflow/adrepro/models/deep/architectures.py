"""Conv5_FC3 and Conv4_FC3 of Wen et al. 2020 from MONAI's convolution blocks: one network, or many side by side."""

import math

import torch
from monai.networks.blocks import Convolution
from torch import nn
from torch.nn import functional

CONV4_MIN_VOXELS = 31  # with fewer, the unpadded convolutions leave nothing


class PadMaxPool3d(nn.Module):
    """Max-pooling by 2 that drops no voxel: odd axes are padded on their low side.

    The published networks pad with zeros after ReLU. Padding with minus infinity before ReLU gives the same maps
    without a copy of the largest ones.
    """

    def forward(self, x: torch.Tensor) -> torch.Tensor:  # (B, C, X, Y, Z) -> (B, C, ceil(X/2), ...)
        return functional.max_pool3d(x, 2, padding=[size % 2 for size in x.shape[2:]])


class Linears(nn.Module):
    """`copies` fully connected layers side by side: (B, copies * before) to (B, copies * after)."""

    def __init__(self, copies: int, before: int, after: int) -> None:
        super().__init__()
        self.copies = copies
        bound = 1 / math.sqrt(before)  # as nn.Linear starts
        self.weight = nn.Parameter(torch.empty(copies * after, before).uniform_(-bound, bound))
        self.bias = nn.Parameter(torch.empty(copies * after).uniform_(-bound, bound))

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        x = x.unflatten(1, (self.copies, -1)).transpose(0, 1)  # (copies, B, before)
        weight, bias = self.weight.unflatten(0, (self.copies, -1)), self.bias.unflatten(0, (self.copies, 1, -1))
        return torch.baddbmm(bias, x, weight.transpose(1, 2)).transpose(0, 1).flatten(1)


def linear(copies: int, before: int, after: int) -> nn.Module:
    return nn.Linear(before, after) if copies == 1 else Linears(copies, before, after)


def encoder(channels: list[int], padding: int, copies: int) -> nn.Sequential:
    """Blocks of 3 x 3 x 3 convolution, batch normalisation, padded pooling and ReLU.

    The paper has ReLU before pooling; the two commute, and this way it works on an eighth of the voxels.
    """
    blocks: list[nn.Module] = []
    for before, after in zip([1, *channels], channels, strict=False):
        convolution = Convolution(
            3,
            copies * before,
            copies * after,
            kernel_size=3,
            padding=padding,
            groups=copies,
            norm="BATCH",
            act=None,
            adn_ordering="N",
        )
        blocks += [convolution, PadMaxPool3d(), nn.ReLU(inplace=True)]
    return nn.Sequential(*blocks)


def with_head(
    features: nn.Sequential, size: tuple[int, ...], widths: tuple[int, int], dropouts: tuple[float, float], copies: int
) -> nn.Sequential:
    """Append the three fully connected layers, the first fitted to what `features` leaves of `size` voxels."""
    features.train(False)
    with torch.no_grad():
        flat = features(torch.zeros(1, copies, *size)).numel() // copies
    head = nn.Sequential(
        nn.Flatten(),
        nn.Dropout(dropouts[0]),
        linear(copies, flat, widths[0]),
        nn.ReLU(inplace=True),
        nn.Dropout(dropouts[1]),
        linear(copies, *widths),
        nn.ReLU(inplace=True),
        linear(copies, widths[1], 2),
        nn.Unflatten(1, (copies, 2)),
    )
    return nn.Sequential(features, head).train()


def conv5_fc3(size: tuple[int, ...], dropout: float, copies: int = 1) -> nn.Sequential:
    """The whole-brain network, (B, copies, *size) to (B, copies, 2); 42,293,972 parameters on 169 x 208 x 179."""
    return with_head(encoder([8, 16, 32, 64, 128], 1, copies), size, (1300, 50), (dropout, 0.0), copies)


def conv4_fc3(size: tuple[int, ...], dropout: float, copies: int = 1) -> nn.Sequential:
    """The ROI and patch network, (B, copies, *size) to (B, copies, 2); 134,372 parameters on 50 x 50 x 50.

    Below 31 voxels the convolutions are padded by 1 (same widths), and tables call it `Conv4_FC3 (padded)`.
    """
    padding = 1 if min(size) < CONV4_MIN_VOXELS else 0
    return with_head(encoder([15, 25, 50, 50], padding, copies), size, (50, 40), (dropout, dropout), copies)


def split_copies(weights: dict[str, torch.Tensor], copies: int) -> list[dict[str, torch.Tensor]]:
    """The weights of each of `copies` networks that were trained side by side, as one such network has them."""
    return [
        {name: (value.chunk(copies)[copy] if value.ndim else value).clone() for name, value in weights.items()}
        for copy in range(copies)
    ]


def join_copies(weights: list[dict[str, torch.Tensor]]) -> dict[str, torch.Tensor]:
    """The inverse of `split_copies`."""
    return {
        name: torch.cat([one[name] for one in weights]) if value.ndim else value for name, value in weights[0].items()
    }
