"""Pre-train the convolutional part of a CNN as an autoencoder."""

from pathlib import Path

import pandas as pd
from torch import nn

from adrepro.config.settings.approaches import Pretraining
from adrepro.config.training_purposes import Purpose
from adrepro.core import step
from adrepro.core.code_hash import code_hash
from adrepro.core.files import write_json
from adrepro.core.tables import write_table
from adrepro.imaging.grids import study_grid
from adrepro.models.deep.augmentation import augmentation
from adrepro.models.deep.autoencoder import Autoencoder
from adrepro.models.deep.checkpoint import Checkpoint, fingerprint
from adrepro.models.deep.dataset import PatchDataset
from adrepro.models.deep.determinism import make_repeatable
from adrepro.models.deep.input_regions import input_regions
from adrepro.models.deep.objectives import Reconstruct
from adrepro.models.deep.precision import select_precision, training_device
from adrepro.models.deep.registry import build
from adrepro.models.deep.trainer import train
from adrepro.models.deep.weights import ENCODER, Weights, save_weights
from adrepro.models.fold_data import fold_seed, read_fold
from adrepro.models.predictions import write_training


def pretrain(
    volumes: Path,
    index: Path,
    split: Path,
    visits: list[Path],
    training: Path,
    history: Path,
    weights: Path,
    model: Path,
    checkpoint: Path,
    name: str,
    fold: int,
    settings: Pretraining,
    resolution_mm: float,
    device: str,
    torch_threads: int,
    seed: int,
) -> None:
    """Train an autoencoder on the training part of one fold of a task, and write the weights of its encoder.

    The labels of the task only determine which participants are used.

    Parameters
    ----------
    volumes : Path
        Stacked images (`.npy`), shape (scans, X, Y, Z), template space (input).
    index : Path
        TSV with `participant_id` and `session_id` of each image (input).
    split : Path
        TSV of task and fold: `participant_id session_id dataset label target split` (input).
    visits : list of Path
        TSV of all visits of the training participants, for longitudinal training data; else empty (input).
    training : Path
        TSV of the scans used, by purpose, for the leakage checks (output).
    history : Path
        TSV of training and validation losses by epoch (output).
    weights : Path
        Safetensors of the encoder (output).
    model : Path
        JSON with epochs and settings (output).
    checkpoint : Path
        Prefix of the checkpoint file, which is removed at the end.
    name : str
        Name of the pre-training.
    fold : int
        Number of the fold.
    settings : Pretraining
        Complete settings of the pre-training.
    resolution_mm : float
        Voxel size of the study grid in mm.
    device : {"auto", "cpu", "cuda"}
        Device of the training.
    torch_threads : int
        CPU threads of torch.
    seed : int
        Seed of the study.

    Raises
    ------
    UserError
        If the loss is not finite, or a scheduler stopped the training.
    """
    own_seed = fold_seed(seed, "pretraining", name, fold)
    scans = read_fold(volumes, index, split, visits, settings, own_seed)
    boxes = input_regions(settings.kind, study_grid(resolution_mm))
    make_repeatable(own_seed, torch_threads, settings.deterministic)
    own_device = training_device(device)
    data = {
        part: PatchDataset(
            scans.volumes,
            scans.positions[scans.part(part)],
            scans.target[scans.part(part)],
            boxes,
            settings.intensity_scaling,
        ).load(own_device)
        for part in ("train", "validation")
    }
    convolutional = build(settings, data["train"].shape).get_submodule(ENCODER.rstrip("."))
    assert isinstance(convolutional, nn.Sequential)
    network = Autoencoder(convolutional)
    policy = select_precision(own_device, settings.precision, network, (1, *data["train"].shape))
    count = sum(p.numel() for p in network.parameters())
    print(f"autoencoder: {count} parameters, {len(boxes)} input regions, on {policy}")
    code = code_hash("models.deep.pretrain")
    identity = fingerprint(settings.model_dump(), own_seed, scans.identity(), torch_threads, str(policy), code)
    own_checkpoint = Checkpoint(
        checkpoint.with_name(f"{checkpoint.name}.pt"), identity, settings.checkpoint_interval_min
    )
    augment = augmentation(settings.augment, own_seed)
    with own_checkpoint.watching_signals():
        progress = train(
            network, data["train"], data["validation"], Reconstruct(), settings, policy, own_seed, 1, own_checkpoint,
            augment,
        )  # fmt: skip
    used = {part: scans.positions[scans.part(part)] for part in data}
    choices = dict.fromkeys((Purpose.EARLY_STOPPING, Purpose.CHOICE_OF_EPOCH), used["validation"])
    write_training(training, scans.index, {Purpose.WEIGHTS: used["train"], **choices})
    write_table(history, pd.DataFrame(progress.history).round(6))
    save_weights(weights, [encoder_weights(progress.weights)])
    write_json(
        model, {"best_epoch": progress.best_epoch, "epochs": progress.epoch - 1, "settings": settings.model_dump()}
    )
    own_checkpoint.remove()


def encoder_weights(weights: Weights) -> Weights:
    """Return the weights of an autoencoder's encoder, named as in the CNN.

    Parameters
    ----------
    weights : Weights
        State of an `Autoencoder`.

    Returns
    -------
    Weights
        State of the convolutional part of the CNN.
    """
    return {
        ENCODER + key.removeprefix("encoder."): value for key, value in weights.items() if key.startswith("encoder.")
    }


if __name__ == "__main__":
    step.run(pretrain)
