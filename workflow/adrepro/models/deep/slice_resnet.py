"""2D ResNet-18 on sagittal slices, with ImageNet weights or from scratch."""

from pathlib import Path

import torch
from torch import nn
from torch.nn import functional

from adrepro.core.errors import UserError

IMAGENET = "https://download.pytorch.org/models/resnet18-f37072fd.pth"
FINE_TUNED = ("layer4", "fc")  # with ImageNet weights


class SliceNet(nn.Module):
    """ResNet-18 with dropout and one more fully connected layer, slices (B, 1, 1, Y, Z) to logits (B, 1, 2).

    Slices are resized and repeated in three channels. With ImageNet weights, all layers but the last residual stage and
    the layers after it are frozen, as in Wen et al. 2020; frozen batch normalization also keeps its ImageNet
    statistics. From scratch, all layers are trained.

    Parameters
    ----------
    image_size : int
        Pixels per edge of the resized slices.
    dropout : float
        Dropout before the last layer.
    imagenet : Path, optional
        Weights file of torchvision's ResNet-18 (`.pth`); from scratch without it.

    Raises
    ------
    UserError
        If the file does not hold these weights.
    """

    def __init__(self, image_size: int, dropout: float, imagenet: Path | None) -> None:
        from monai.networks.nets import resnet18

        super().__init__()
        self.image_size = image_size
        # The layers of torchvision, with the same names of weights.
        self.resnet = resnet18(
            spatial_dims=2, n_input_channels=3, num_classes=1000, conv1_t_stride=2, bias_downsample=False
        )
        self.head = nn.Sequential(nn.Dropout(dropout), nn.Linear(1000, 2))
        self.frozen: list[nn.Module] = []
        if imagenet:
            self._load(imagenet)
            self.frozen = [part for name, part in self.resnet.named_children() if name not in FINE_TUNED]
            for part in self.frozen:
                part.requires_grad_(False)

    def _load(self, path: Path) -> None:
        try:
            weights = torch.load(path, map_location="cpu", weights_only=True)
            self.resnet.load_state_dict(weights)
        except Exception as error:
            raise UserError(
                f"{path}: not the weights of torchvision's ResNet-18 ({type(error).__name__}); use {IMAGENET}"
            ) from error

    def train(self, mode: bool = True) -> "SliceNet":
        """Set training or evaluation mode; frozen layers stay in evaluation mode.

        Parameters
        ----------
        mode : bool
            True for training.

        Returns
        -------
        SliceNet
            This network.
        """
        super().train(mode)
        for part in self.frozen:
            part.train(False)
        return self

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """Return the logits (B, 1, 2) of slices (B, 1, 1, Y, Z), resampled to `image_size`."""
        x = x.flatten(1, 2)  # (B, 1, Y, Z)
        x = functional.interpolate(x, (self.image_size, self.image_size), mode="bilinear", antialias=True)
        return self.head(self.resnet(x.expand(-1, 3, -1, -1)))[:, None]
