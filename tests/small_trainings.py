"""Trainings of small networks on synthetic images, for tests of training and checkpoints."""

from dataclasses import asdict
from pathlib import Path

import numpy as np
import torch

from adrepro.config.settings.approaches import CnnApproach
from adrepro.config.settings.deep import Augmentation
from adrepro.models.deep.architectures import conv4_fc3
from adrepro.models.deep.augmentation import augmentation
from adrepro.models.deep.checkpoint import Checkpoint
from adrepro.models.deep.dataset import PatchDataset
from adrepro.models.deep.determinism import make_repeatable
from adrepro.models.deep.early_stopping import Progress
from adrepro.models.deep.objectives import Classify
from adrepro.models.deep.precision import ComputePolicy
from adrepro.models.deep.trainer import train

SETTINGS = CnnApproach(
    kind="cnn_patch", network="Conv4_FC3", epochs=6, batch_size=4, accumulate=2, learning_rate=1e-3, schedule="cosine",
    weight_decay=1e-4, patience=6, clip_norm=5, early_stopping_metric="loss", selection_metric="balanced_accuracy",
)  # fmt: skip
CPU = ComputePolicy(torch.device("cpu"))
HALVES = [(slice(a, a + 12), slice(0, 12), slice(0, 12)) for a in (0, 12)]


def cubes(count=24):
    """Images whose two halves hold a bright cube in class 1."""
    target = np.arange(count) % 2
    volumes = np.random.default_rng(0).uniform(0, 1, (count, 24, 12, 12)).astype(np.float32)
    for start in (3, 15):
        volumes[target == 1, start : start + 6, 3:9, 3:9] += 1.5
    return volumes, target


def run(checkpoint=None, networks=1, volumes=None, settings=SETTINGS, start=None, boxes=None, dropout=0.2):
    """Train a network on the two halves of cubes, and return its progress."""
    data, target = cubes()
    data = data if volumes is None else volumes
    make_repeatable(0, 1)
    boxes = boxes or HALVES
    parts = [PatchDataset(data, range(a, b), target[a:b], boxes, "patch", networks > 1) for a, b in ((0, 17), (17, 24))]
    network = conv4_fc3((12,) * 3, dropout, networks)
    if start:
        network.load_state_dict(start)
    augment = augmentation(Augmentation(noise=0.02, flip=0.5), 0)
    return train(network, *parts, Classify(), settings, CPU, 3, networks, checkpoint, augment)


def equal(one: Progress, two: Progress) -> bool:
    """Whether two trainings ended with the same weights and history."""
    same = all(torch.equal(one.weights[name], two.weights[name]) for name in one.weights)
    return same and one.history == two.history and one.best_epoch == two.best_epoch


class Dies(Checkpoint):
    """A checkpoint that saves at every step, and raises an error after some of them."""

    def __init__(self, path, steps):
        super().__init__(path, "me", 0)
        self.left = steps

    def due(self, epoch_ended):
        return True

    def write(self, state):
        super().write(state)
        self.left -= 1
        if self.left == 0:
            raise KeyboardInterrupt


def save_run(path):
    """Train in a process that is killed: print a line at the beginning, and write the result at the end."""
    path = Path(path)
    print("begins", flush=True)
    torch.save(asdict(run(Checkpoint(path, "me", 0))), path.with_suffix(".done"))
