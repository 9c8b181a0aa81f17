"""Networks by their names in the configuration."""

from collections.abc import Callable
from pathlib import Path

import torch
from torch import nn

from adrepro.config.settings.approaches import CnnInput
from adrepro.models.deep.architectures import CONV4_MIN_VOXELS, conv4_fc3, conv5_fc3
from adrepro.models.deep.slice_resnet import SliceNet


class FirstOutput(nn.Module):
    """Wrapper of a MONAI network with logits (B, 1, 2), the first of its outputs.

    Parameters
    ----------
    network : Module
        Network with logits (B, 2), or with a tuple of outputs of which these are the first.
    """

    def __init__(self, network: nn.Module) -> None:
        super().__init__()
        self.network = network

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """Return the logits (B, 1, 2) of input regions (B, 1, *size)."""
        out = self.network(x)
        return (out[0] if isinstance(out, tuple) else out)[:, None]


def _densenet121(size: tuple[int, ...], dropout: float) -> nn.Module:
    """Return MONAI's DenseNet-121."""
    from monai.networks.nets import DenseNet121

    return DenseNet121(spatial_dims=3, in_channels=1, out_channels=2, dropout_prob=dropout)


def _resnet(depth: int) -> Callable[[tuple[int, ...], float], nn.Module]:
    """Return a function that builds MONAI's ResNet of a depth, with dropout before the last layer."""

    def make(size: tuple[int, ...], dropout: float) -> nn.Module:
        from monai.networks import nets

        network = getattr(nets, f"resnet{depth}")(spatial_dims=3, n_input_channels=1, conv1_t_stride=2, num_classes=2)
        network.fc = nn.Sequential(nn.Dropout(dropout), network.fc)
        return network

    return make


def _seresnet50(size: tuple[int, ...], dropout: float) -> nn.Module:
    """Return MONAI's SE-ResNet-50."""
    from monai.networks.nets import SEResNet50

    return SEResNet50(spatial_dims=3, in_channels=1, num_classes=2, dropout_prob=dropout or None)


def _vit(size: tuple[int, ...], dropout: float) -> nn.Module:
    """Return MONAI's vision transformer on patches of an eighth of the shortest axis, from 2 to 16 voxels.

    Axes are cropped to whole patches.
    """
    from monai.networks.nets import ViT

    patch = max(2, min(16, min(size) // 8))
    whole = tuple(n - n % patch for n in size)
    transformer = ViT(
        in_channels=1,
        img_size=whole,
        patch_size=(patch,) * 3,
        hidden_size=192,
        mlp_dim=768,
        num_layers=6,
        num_heads=6,
        classification=True,
        num_classes=2,
        dropout_rate=dropout,
        post_activation=None,
    )
    return nn.Sequential(CenterCrop(whole), transformer)


class CenterCrop(nn.Module):
    """Crop (B, C, X, Y, Z) to the central `size` voxels.

    Parameters
    ----------
    size : tuple of int
        Voxels along each axis, at most those of the input.
    """

    def __init__(self, size: tuple[int, ...]) -> None:
        super().__init__()
        self.size = size

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """Return the central voxels, (B, C, *size)."""
        for axis, wanted in enumerate(self.size, start=2):
            x = x.narrow(axis, (x.shape[axis] - wanted) // 2, wanted)
        return x


# A further network: its name here, in `Network` of `config.settings.approaches`, and `make reference`.
MONAI = {
    "DenseNet121": _densenet121,
    "ResNet10": _resnet(10),
    "ResNet18": _resnet(18),
    "ResNet50": _resnet(50),
    "SEResNet50": _seresnet50,
    "ViT": _vit,
}


def build(settings: CnnInput, size: tuple[int, ...], copies: int = 1, imagenet: Path | None = None) -> nn.Module:
    """Return the network of an approach, with random or ImageNet weights.

    Parameters
    ----------
    settings : CnnInput
        `kind`, `network`, `dropout`, and `image_size` of slices are used.
    size : tuple of int
        Voxels of an input region.
    copies : int
        Number of networks that are trained jointly (Conv5_FC3 and Conv4_FC3 only).
    imagenet : Path, optional
        File of ImageNet weights, for slices.

    Returns
    -------
    Module
        (B, copies, *size) to logits (B, copies, 2).
    """
    name, dropout = settings.network, settings.dropout
    if settings.kind == "cnn_slice":
        return SliceNet(settings.image_size, dropout, imagenet)
    if name == "Conv5_FC3":
        return conv5_fc3(size, dropout, copies)
    if name == "Conv4_FC3":
        return conv4_fc3(size, dropout, copies)
    return FirstOutput(MONAI[name](size, dropout))


def architecture(settings: CnnInput, size: tuple[int, ...]) -> str:
    """Return the name of the network in tables and the report, for input regions of `size` voxels.

    Parameters
    ----------
    settings : CnnInput
        `network` is used.
    size : tuple of int
        Voxels of an input region.

    Returns
    -------
    str
    """
    name = settings.network
    return f"{name} (padded)" if name == "Conv4_FC3" and min(size) < CONV4_MIN_VOXELS else name
