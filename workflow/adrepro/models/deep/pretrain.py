"""Pre-training: a network's convolutional part learns to give its input back."""

from pathlib import Path

import pandas as pd
import torch
from torch import nn
from torch.nn import functional

from adrepro.core import step
from adrepro.core.code_hash import code_hash
from adrepro.core.files import write_json, write_table
from adrepro.imaging.grids import study_grid
from adrepro.models.deep.architectures import PadMaxPool3d
from adrepro.models.deep.augmentation import augmentation
from adrepro.models.deep.checkpoint import Checkpoint, fingerprint
from adrepro.models.deep.dataset import Samples
from adrepro.models.deep.input_regions import boxes_of
from adrepro.models.deep.objectives import Reconstruct
from adrepro.models.deep.precision import pick_arithmetic, training_device
from adrepro.models.deep.registry import build
from adrepro.models.deep.trainer import make_repeatable, train
from adrepro.models.deep.weights import ENCODER, save_weights
from adrepro.models.fold_data import read_fold
from adrepro.models.predictions import fold_seed, write_training


class Autoencoder(nn.Module):
    """The convolutional part of Conv5_FC3 or Conv4_FC3 and its mirror image: (B, 1, X, Y, Z) to the same shape.

    Each block of the decoder undoes one of the encoder: unpooling to where each maximum stood, transposed convolution,
    batch normalisation and ReLU; the last block is the transposed convolution alone.
    """

    def __init__(self, encoder: nn.Sequential) -> None:
        super().__init__()
        self.encoder = encoder
        convolutions = [module for module in encoder.modules() if isinstance(module, nn.Conv3d)]
        self.decoder = nn.ModuleList()
        for c in reversed(convolutions):
            transposed = nn.ConvTranspose3d(c.out_channels, c.in_channels, c.kernel_size, padding=c.padding)
            last = c is convolutions[0]
            block = [transposed] if last else [transposed, nn.BatchNorm3d(c.in_channels), nn.ReLU(inplace=True)]
            self.decoder.append(nn.Sequential(*block))

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        pooled = []
        for layer in self.encoder:
            if isinstance(layer, PadMaxPool3d):
                size = x.shape[2:]
                padding = [n % 2 for n in size]
                x, where = functional.max_pool3d(x, 2, padding=padding, return_indices=True)
                pooled.append((where, size))
            else:
                x = layer(x)
        for block, (where, size) in zip(self.decoder, reversed(pooled), strict=True):
            x = block(functional.max_unpool3d(x, where, 2, output_size=size))
        return x


def autoencoder(
    volumes: Path,
    index: Path,
    split: Path,
    visits: Path,
    labels: Path,
    training: Path,
    history: Path,
    weights: Path,
    model: Path,
    checkpoint: Path,
    name: str,
    fold: int,
    settings: dict,
    resolution_mm: float,
    device: str,
    torch_threads: int,
    seed: int,
) -> None:
    """Train on the training part of one fold of a task, whose labels only choose who takes part; keep the encoder."""
    own_seed = fold_seed(seed, "pretraining", name, fold)
    scans = read_fold(volumes, index, split, visits, labels, fold, settings, own_seed)
    boxes = boxes_of(settings["kind"], study_grid(resolution_mm))
    make_repeatable(own_seed, torch_threads, settings["deterministic"])
    where = training_device(device)
    data = {
        part: Samples(
            scans.volumes, scans.positions[scans.part(part)], scans.target[scans.part(part)], boxes, settings["rescale"]
        ).load(where)
        for part in ("train", "validation")
    }
    network = Autoencoder(build(settings, data["train"].shape)[0])
    how = pick_arithmetic(where, settings["precision"], network, (1, *data["train"].shape))
    print(f"autoencoder: {sum(p.numel() for p in network.parameters())} parameters, {len(boxes)} parts, on {how}")
    code = code_hash("models.deep.pretrain")
    identity = fingerprint(settings, own_seed, scans.identity(), torch_threads, str(how), code)
    kept = Checkpoint(checkpoint.with_name(f"{checkpoint.name}.pt"), identity, settings["save_minutes"])
    changes = augmentation(settings["augment"], own_seed)
    with kept.watching_signals():
        progress = train(
            network, data["train"], data["validation"], Reconstruct(), settings, how, own_seed, 1, kept, changes
        )
    encoder = {
        ENCODER + key.removeprefix("encoder."): value
        for key, value in progress.weights.items()
        if key.startswith("encoder.")
    }
    used = {part: scans.positions[scans.part(part)] for part in data}
    choices = dict.fromkeys(("early stopping", "choice of epoch"), used["validation"])
    write_training(training, scans.index, {"weights": used["train"], **choices})
    write_table(history, pd.DataFrame(progress.history).round(6))
    save_weights(weights, [encoder])
    write_json(model, {"best_epoch": progress.best_epoch, "epochs": progress.epoch - 1, "settings": settings})
    kept.remove()


if __name__ == "__main__":
    step.run(autoencoder)
