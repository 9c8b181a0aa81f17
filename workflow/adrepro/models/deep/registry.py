"""Every network that a configuration can name, built for the size of what it will see."""

from collections.abc import Callable
from pathlib import Path

import torch
from torch import nn

from adrepro.models.deep.architectures import CONV4_MIN_VOXELS, conv4_fc3, conv5_fc3
from adrepro.models.deep.slice_resnet import SliceNet


class First(nn.Module):
    """A network of MONAI's with logits of shape (B, 1, 2); of several outputs the first is taken."""

    def __init__(self, network: nn.Module) -> None:
        super().__init__()
        self.network = network

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        out = self.network(x)
        return (out[0] if isinstance(out, tuple) else out)[:, None]


def _densenet121(size: tuple[int, ...], dropout: float) -> nn.Module:
    from monai.networks.nets import DenseNet121

    return DenseNet121(spatial_dims=3, in_channels=1, out_channels=2, dropout_prob=dropout)


def _resnet(depth: int) -> Callable[[tuple[int, ...], float], nn.Module]:
    def make(size: tuple[int, ...], dropout: float) -> nn.Module:
        from monai.networks import nets

        network = getattr(nets, f"resnet{depth}")(spatial_dims=3, n_input_channels=1, conv1_t_stride=2, num_classes=2)
        network.fc = nn.Sequential(nn.Dropout(dropout), network.fc)
        return network

    return make


def _seresnet50(size: tuple[int, ...], dropout: float) -> nn.Module:
    from monai.networks.nets import SEResNet50

    return SEResNet50(spatial_dims=3, in_channels=1, num_classes=2, dropout_prob=dropout or None)


def _vit(size: tuple[int, ...], dropout: float) -> nn.Module:
    """A vision transformer on 8 x 8 x 8 patches of 16 mm at 1 mm; axes are cut to whole patches."""
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
    return nn.Sequential(CentreCrop(whole), transformer)


class CentreCrop(nn.Module):
    """The central `size` voxels."""

    def __init__(self, size: tuple[int, ...]) -> None:
        super().__init__()
        self.size = size

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        for axis, wanted in enumerate(self.size, start=2):
            x = x.narrow(axis, (x.shape[axis] - wanted) // 2, wanted)
        return x


MONAI = {
    "DenseNet121": _densenet121,
    "ResNet10": _resnet(10),
    "ResNet18": _resnet(18),
    "ResNet50": _resnet(50),
    "SEResNet50": _seresnet50,
    "ViT": _vit,
}


def build(settings: dict, size: tuple[int, ...], copies: int = 1, imagenet: Path | None = None) -> nn.Module:
    """The network of an approach for parts of `size` voxels: (B, copies, *size) to logits (B, copies, 2).

    `settings` holds `kind network dropout`, and `image_size` of a slice network, which may start from `imagenet`.
    """
    name, dropout = settings["network"], settings["dropout"]
    if settings["kind"] == "cnn_slice":
        return SliceNet(settings["image_size"], dropout, imagenet)
    if name == "Conv5_FC3":
        return conv5_fc3(size, dropout, copies)
    if name == "Conv4_FC3":
        return conv4_fc3(size, dropout, copies)
    return First(MONAI[name](size, dropout))


def architecture(settings: dict, size: tuple[int, ...]) -> str:
    """The network's name as tables and report give it."""
    name = settings["network"]
    return f"{name} (padded)" if name == "Conv4_FC3" and min(size) < CONV4_MIN_VOXELS else name
