"""The 2D network on sagittal slices: ResNet-18, with ImageNet's weights or from scratch."""

import hashlib
import http.client
import shutil
import urllib.request
from pathlib import Path

import torch
from torch import nn
from torch.nn import functional

from adrepro.core import step
from adrepro.core.errors import UserError
from adrepro.core.files import replacing

IMAGENET = "https://download.pytorch.org/models/resnet18-f37072fd.pth"
CHECKSUM = "f37072fd"  # the start of its SHA-256, as torchvision puts it into the name
SILENCE = 60  # seconds after which a server that says nothing is given up


class SliceNet(nn.Module):
    """Slices (B, 1, 1, Y, Z) to logits (B, 1, 2): resized, in three channels, ResNet-18, dropout, one layer more.

    With ImageNet's weights all is frozen but the last residual stage and what follows, as in Wen et al. 2020; batch
    normalisation that is frozen keeps its ImageNet statistics too. From scratch, everything learns.
    """

    def __init__(self, image_size: int, dropout: float, imagenet: Path | None) -> None:
        from monai.networks.nets import resnet18

        super().__init__()
        self.image_size = image_size
        # As torchvision builds it, down to the names of its weights.
        settings = {"spatial_dims": 2, "n_input_channels": 3, "num_classes": 1000, "conv1_t_stride": 2}
        self.resnet = resnet18(**settings, bias_downsample=False)
        self.head = nn.Sequential(nn.Dropout(dropout), nn.Linear(1000, 2))
        self.frozen: list[nn.Module] = []
        if imagenet:
            self._start_from(imagenet)
            kept = ("layer4", "fc")
            self.frozen = [part for name, part in self.resnet.named_children() if name not in kept]
            for part in self.frozen:
                part.requires_grad_(False)

    def _start_from(self, path: Path) -> None:
        try:
            weights = torch.load(path, map_location="cpu", weights_only=True)
            self.resnet.load_state_dict(weights)
        except Exception as error:
            raise UserError(
                f"{path}: not the weights of torchvision's ResNet-18 ({type(error).__name__}); take {IMAGENET}"
            ) from error

    def train(self, mode: bool = True) -> "SliceNet":
        super().train(mode)
        for part in self.frozen:
            part.train(False)
        return self

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        x = x.flatten(1, 2)  # (B, 1, Y, Z)
        x = functional.interpolate(x, (self.image_size, self.image_size), mode="bilinear", antialias=True)
        return self.head(self.resnet(x.expand(-1, 3, -1, -1)))[:, None]


def slices(out: Path) -> None:
    """Download ImageNet's weights of ResNet-18 (45 MB, BSD licence of torchvision) and check them."""
    with replacing(out) as temporary:
        try:
            with urllib.request.urlopen(IMAGENET, timeout=SILENCE) as answer, open(temporary, "wb") as stream:
                shutil.copyfileobj(answer, stream)
        except (OSError, http.client.HTTPException) as error:
            raise UserError(
                f"{IMAGENET}: no download ({error}); fetch this file elsewhere and name it in the approach, "
                "weights: FILE.pth, or start from scratch with weights: random"
            ) from None
        if not hashlib.sha256(temporary.read_bytes()).hexdigest().startswith(CHECKSUM):
            raise UserError(f"{IMAGENET}: the download is damaged or not what it was; run again")


if __name__ == "__main__":
    step.run(slices)
