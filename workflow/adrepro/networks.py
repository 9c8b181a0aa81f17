"""Conv5_FC3 and Conv4_FC3 of Wen et al. 2020, from MONAI's convolution blocks."""

import torch
from monai.networks.blocks import Convolution
from torch import nn
from torch.nn import functional

CONV4_MIN_VOXELS = 31  # with fewer, the unpadded convolutions leave nothing


class PadMaxPool3d(nn.Module):
    """Max-pooling by 2 that drops no voxel: odd axes are padded with a zero on their low side first."""

    def forward(self, x: torch.Tensor) -> torch.Tensor:  # (B, C, X, Y, Z) -> (B, C, ceil(X/2), ...)
        padding = [p for size in reversed(x.shape[2:]) for p in (size % 2, 0)]
        return functional.max_pool3d(functional.pad(x, padding), 2)


def _encoder(channels: list[int], padding: int) -> nn.Sequential:
    """Blocks of 3 x 3 x 3 convolution, batch normalisation, ReLU and padded pooling."""
    blocks: list[nn.Module] = []
    for before, after in zip([1, *channels], channels, strict=False):
        blocks += [
            Convolution(3, before, after, kernel_size=3, padding=padding, act="RELU", norm="BATCH", adn_ordering="NA"),
            PadMaxPool3d(),
        ]
    return nn.Sequential(*blocks)


def _with_head(encoder: nn.Sequential, size: tuple[int, ...], widths: tuple[int, int], dropouts: tuple[float, float]):
    """Append the three fully connected layers, the first fitted to what the encoder leaves of `size` voxels."""
    encoder.eval()
    with torch.no_grad():
        flat = encoder(torch.zeros(1, 1, *size)).numel()
    head = nn.Sequential(
        nn.Flatten(),
        nn.Dropout(dropouts[0]),
        nn.Linear(flat, widths[0]),
        nn.ReLU(),
        nn.Dropout(dropouts[1]),
        nn.Linear(*widths),
        nn.ReLU(),
        nn.Linear(widths[1], 2),
    )
    return nn.Sequential(encoder, head).train()


def conv5_fc3(size: tuple[int, ...], dropout: float) -> nn.Module:
    """The whole-brain network: (B, 1, *size) to logits (B, 2); 42,293,972 parameters on 169 x 208 x 179."""
    return _with_head(_encoder([8, 16, 32, 64, 128], padding=1), size, (1300, 50), (dropout, 0.0))


def conv4_fc3(size: tuple[int, ...], dropout: float) -> nn.Module:
    """The ROI and patch network: (B, 1, *size) to logits (B, 2); 134,372 parameters on 50 x 50 x 50.

    Below 31 voxels the convolutions are padded by 1 (same widths); `architecture` names that variant.
    """
    padding = 1 if min(size) < CONV4_MIN_VOXELS else 0
    return _with_head(_encoder([15, 25, 50, 50], padding), size, (50, 40), (dropout, dropout))


def build(kind: str, size: tuple[int, ...], dropout: float) -> nn.Module:
    """The network of an approach of `kind` for parts of `size` voxels."""
    return (conv5_fc3 if kind == "cnn_whole" else conv4_fc3)(size, dropout)


def architecture(kind: str, size: tuple[int, ...]) -> str:
    """The network's name as tables and report give it."""
    if kind == "cnn_whole":
        return "Conv5_FC3"
    return "Conv4_FC3 (padded)" if min(size) < CONV4_MIN_VOXELS else "Conv4_FC3"
