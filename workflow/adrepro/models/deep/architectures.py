"""Conv5_FC3 and Conv4_FC3 of Wen et al. 2020, single or as a group of jointly trained networks.

A group of networks (`copies`) is one module with grouped convolutions: its input has one channel per network, and its
tensors hold the networks in equal parts of their first axis. Such a group trains faster on a GPU than one network after
another.
"""

import torch
from monai.networks.blocks import Convolution
from torch import nn

from adrepro.models.deep.layers import PadMaxPool3d, linear

CONV4_MIN_VOXELS = 31  # with fewer, the unpadded convolutions have an empty output


def encoder(channels: list[int], padding: int, copies: int) -> nn.Sequential:
    """Return blocks of 3 x 3 x 3 convolution, batch normalization, padded pooling and ReLU.

    The paper has ReLU before pooling; the two commute, and after pooling ReLU has an eighth of the voxels.

    Parameters
    ----------
    channels : list of int
        Output channels of each block; the input has one channel.
    padding : int
        Padding of the convolutions, in voxels.
    copies : int
        Number of networks.

    Returns
    -------
    Sequential
        (B, copies, X, Y, Z) to (B, copies * channels[-1], X', Y', Z').
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
    """Return a network of a convolutional part and three fully connected layers.

    Parameters
    ----------
    features : Sequential
        Convolutional part, see `encoder`.
    size : tuple of int
        Voxels of the input; with `features` it determines the width of the first layer.
    widths : tuple of (int, int)
        Output features of the first and the second layer; the third has two, the logits.
    dropouts : tuple of (float, float)
        Dropout before the first and the second layer.
    copies : int
        Number of networks.

    Returns
    -------
    Sequential
        (B, copies, *size) to logits (B, copies, 2), in training mode.
    """
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
    """Return the whole-brain network of Wen et al. 2020; 42,293,972 parameters on 169 x 208 x 179 voxels.

    Parameters
    ----------
    size : tuple of int
        Voxels of the input.
    dropout : float
        Dropout before the first fully connected layer.
    copies : int
        Number of networks that are trained jointly.

    Returns
    -------
    Sequential
        (B, copies, *size) to logits (B, copies, 2).
    """
    return with_head(encoder([8, 16, 32, 64, 128], 1, copies), size, (1300, 50), (dropout, 0.0), copies)


def conv4_fc3(size: tuple[int, ...], dropout: float, copies: int = 1) -> nn.Sequential:
    """Return the ROI and patch network of Wen et al. 2020; 134,372 parameters on 50 x 50 x 50 voxels.

    Below 31 voxels the convolutions are padded by 1 (same widths), and tables list it as `Conv4_FC3 (padded)`.

    Parameters
    ----------
    size : tuple of int
        Voxels of the input.
    dropout : float
        Dropout before the first and the second fully connected layer.
    copies : int
        Number of networks that are trained jointly.

    Returns
    -------
    Sequential
        (B, copies, *size) to logits (B, copies, 2).
    """
    padding = 1 if min(size) < CONV4_MIN_VOXELS else 0
    return with_head(encoder([15, 25, 50, 50], padding, copies), size, (50, 40), (dropout, dropout), copies)


def split_copies(weights: dict[str, torch.Tensor], copies: int) -> list[dict[str, torch.Tensor]]:
    """Return the weights of each of a group of jointly trained networks.

    Parameters
    ----------
    weights : dict of str to Tensor
        State of the group.
    copies : int
        Number of networks.

    Returns
    -------
    list of dict of str to Tensor
        States that fit a single network.
    """
    return [
        {name: (value.chunk(copies)[copy] if value.ndim else value).clone() for name, value in weights.items()}
        for copy in range(copies)
    ]


def join_copies(weights: list[dict[str, torch.Tensor]]) -> dict[str, torch.Tensor]:
    """Return the state of a group of networks from the states of its networks; the inverse of `split_copies`.

    Parameters
    ----------
    weights : list of dict of str to Tensor
        State of each network.

    Returns
    -------
    dict of str to Tensor
        State of the group.
    """
    return {
        name: torch.cat([one[name] for one in weights]) if value.ndim else value for name, value in weights[0].items()
    }
