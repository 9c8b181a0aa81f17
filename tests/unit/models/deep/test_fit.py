import numpy as np
import pandas as pd
import pytest
import torch

from adrepro.config.settings.deep import Aggregation, Augmentation
from adrepro.core.errors import UserError
from adrepro.imaging.grids import study_grid
from adrepro.models.deep import fit as module
from adrepro.models.deep.fit import class_weights, fit
from adrepro.models.deep.input_regions import input_regions
from adrepro.models.deep.precision import ComputePolicy
from adrepro.models.deep.weights import save_weights
from adrepro.models.fold_data import read_fold

CPU = torch.device("cpu")


def call(study, folder, name="cnn_roi", seed=1, init_from=None, split=None, **changes):
    """Train in one fold, at most one epoch."""
    settings = study.settings(name, **{"epochs": 1, **changes})
    inputs = study.inputs | ({"split": split} if split else {})
    scans = read_fold(*inputs.values(), settings, seed)
    boxes = input_regions(settings.kind, study_grid(4), settings.slice_step)
    part = {each: scans.part(each) for each in ("train", "validation")}
    return fit(scans, part, None, boxes, settings, CPU, seed, init_from, None, folder / "c")


def test_classes_are_weighted_by_their_size():
    assert class_weights(np.array([0, 0, 0, 1]), "none") is None
    assert class_weights(np.array([0, 0, 0, 1]), "balanced").tolist() == pytest.approx([2 / 3, 2])


def test_patch_networks_are_in_the_order_of_the_patches_for_every_group_size(study, tmp_path):
    found = [call(study, tmp_path / str(size), "cnn_patch", networks_per_batch=size, dropout=0.0) for size in (36, 20)]
    assert [len(one.weights) for one in found] == [36, 36]
    assert [len(one.progress) for one in found] == [1, 2] and found[0].parameters == found[1].parameters
    assert found[0].architecture == "Conv4_FC3 (padded)" and found[0].computed_on.startswith("cpu, ")


@pytest.fixture
def identity(study, tmp_path, monkeypatch):
    """A function that returns the identity of the checkpoint of a training, which does not run."""

    class Stopped(Exception):
        pass

    def stop(*words):
        checkpoint = next(word for word in words if isinstance(word, module.Checkpoint))
        raise Stopped(checkpoint.identity)

    monkeypatch.setattr(module, "train", stop)

    def of(**changes):
        with pytest.raises(Stopped) as stopped:
            call(study, tmp_path, **changes)
        return str(stopped.value)

    return of


def test_a_checkpoint_belongs_to_its_settings_seed_and_fold(identity, study, tmp_path):
    rows = pd.read_csv(study.inputs["split"], sep="\t")
    rows["split"] = rows["split"].replace({"train": "validation", "validation": "train"})
    rows.to_csv(tmp_path / "other.tsv", sep="\t", index=False)
    changes = [
        {}, {"seed": 2}, {"split": tmp_path / "other.tsv"}, {"epochs": 2}, {"learning_rate": 0.5},
        {"batch_size": 2}, {"dropout": 0.25},
        {"augment": Augmentation(noise=0.1)}, {"augment": Augmentation(noise=0.2)}, {"precision": "float32"},
        {"aggregation": Aggregation(weights="equal")}, {"patience": 3}, {"permute_labels": True},
        {"class_weight": "balanced"}, {"intensity_scaling": "image"}, {"weight_decay": 0.25},
    ]  # fmt: skip
    identities = [identity(**change) for change in changes]
    assert len(set(identities)) == len(changes)
    assert identity() == identities[0]


def test_a_checkpoint_belongs_to_its_precision_initial_weights_and_code(study, identity, tmp_path, monkeypatch):
    before = identity()
    save_weights(tmp_path / "w.safetensors", [random_weights(study)])
    assert identity(init_from=tmp_path / "w.safetensors") != before
    monkeypatch.setattr(module, "select_precision", lambda *words: ComputePolicy(CPU, torch.float16))
    other = identity()
    monkeypatch.setattr(module, "code_hash", lambda name: "another")
    assert len({before, other, identity()}) == 3


def random_weights(study):
    """Random weights that fit the network of `cnn_roi`."""
    settings = study.settings()
    size = study.volumes[0][input_regions(settings.kind, study_grid(4))[0]].shape
    return module.build(settings, size).state_dict()


def test_initial_weights_of_another_number_of_networks_are_refused(study, tmp_path):
    save_weights(tmp_path / "w.safetensors", [random_weights(study) for _ in range(3)])
    with pytest.raises(UserError, match="has 3 networks for 2 input regions"):
        call(study, tmp_path, init_from=tmp_path / "w.safetensors")
