"""The configuration of the published study against its table of hyper-parameters."""

from pathlib import Path

import pytest

from adrepro.config.approaches import complete, pretrainings, problems, source
from adrepro.config.validation import load_settings

CONFIG = Path(__file__).parents[2] / "config"
SUBJECT, ROI, PATCH, SLICE = "cnn_whole", "cnn_roi", "cnn_patch", "cnn_slice"
AD, MCI, B, L = "AD_vs_CN", "sMCI_vs_pMCI", "baseline", "longitudinal"
# exp., kind, task, data, learning rate, batch, accumulated, epochs, weight decay, patience, dropout, start from
PUBLISHED = [
    (1, SUBJECT, AD, B, 1e-4, 12, 2, 50, 0, 10, 0.5, None),
    (2, SUBJECT, AD, B, 1e-4, 6, 2, 50, 0, 10, 0.5, None),
    (3, SUBJECT, AD, B, 1e-4, 6, 2, 50, 0, 10, 0.5, "pretraining/AE1"),
    (4, SUBJECT, AD, L, 1e-4, 6, 2, 50, 0, 5, 0.5, "pretraining/AE1"),
    (5, SUBJECT, AD, L, 1e-4, 6, 2, 50, 0, 5, 0.5, "pretraining/AE2"),
    (6, SUBJECT, MCI, L, 1e-5, 6, 2, 50, 0, 10, 0.5, "AD_vs_CN/exp04"),
    (7, SUBJECT, MCI, B, 1e-5, 6, 2, 50, 0, 20, 0.5, "AD_vs_CN/exp03"),
    (8, ROI, AD, B, 1e-5, 32, 1, 200, 1e-4, 10, 0, "pretraining/AE3"),
    (9, ROI, MCI, B, 1e-5, 32, 1, 200, 1e-3, 20, 0, "AD_vs_CN/exp08"),
    (10, ROI, AD, L, 1e-5, 32, 1, 200, 1e-4, 10, 0, "pretraining/AE4"),
    (11, ROI, MCI, L, 1e-5, 32, 1, 200, 1e-3, 20, 0, "AD_vs_CN/exp10"),
    (12, PATCH, AD, B, 1e-5, 32, 1, 200, 1e-3, 20, 0, "pretraining/AE5"),
    (13, PATCH, AD, L, 1e-5, 32, 1, 200, 1e-3, 20, 0, "pretraining/AE6"),
    (14, PATCH, AD, B, 1e-5, 32, 1, 200, 1e-4, 15, 0, "pretraining/AE5"),
    (15, PATCH, MCI, B, 1e-5, 32, 1, 200, 1e-3, 20, 0, "AD_vs_CN/exp14"),
    (16, PATCH, AD, L, 1e-5, 32, 1, 200, 1e-4, 15, 0, "pretraining/AE6"),
    (17, PATCH, MCI, L, 1e-5, 32, 1, 200, 1e-3, 20, 0, "AD_vs_CN/exp16"),
    (18, SLICE, AD, B, 1e-6, 32, 1, 50, 1e-4, 15, 0.8, None),
    (19, SLICE, AD, L, 1e-6, 32, 1, 100, 1e-4, 15, 0.8, None),
    (20, SLICE, AD, B, 1e-6, 32, 1, 50, 1e-4, 15, 0.8, None),
]
AUTOENCODERS = [
    ("AE1", SUBJECT, B, 1e-4, 12, 2, 50, 0),
    ("AE2", SUBJECT, B, 1e-4, 12, 2, 30, 0),
    ("AE3", ROI, B, 1e-5, 32, 1, 200, 0),
    ("AE4", ROI, L, 1e-5, 32, 1, 100, 0),
    ("AE5", PATCH, B, 1e-5, 32, 1, 20, 1e-4),
    ("AE6", PATCH, L, 1e-5, 32, 1, 15, 1e-4),
]
SVMS = [
    (21, AD, B, None),
    (22, MCI, B, None),
    (23, MCI, B, AD),
    (24, AD, L, None),
    (25, MCI, L, None),
    (26, MCI, L, AD),
]
RATES = ("learning_rate", "batch_size", "accumulate", "epochs", "weight_decay")


@pytest.fixture(scope="module")
def config():
    return load_settings([CONFIG / "config.yaml", CONFIG / "study" / "wen2020.yaml"])


def test_there_are_26_experiments_and_nothing_else(config):
    assert sorted(config["approaches"]) == [f"exp{i:02d}" for i in range(1, 27)]
    assert problems(config) == [] and config["resolution_mm"] == 1
    assert config["splits"]["test_per_label"] == 100 and config["splits"]["folds"] == 5


@pytest.mark.parametrize("row", PUBLISHED, ids=lambda row: f"exp{row[0]:02d}")
def test_networks_are_trained_as_published(config, row):
    number, kind, task, data, rate, batch, accumulate, epochs, decay, patience, dropout, start = row
    name = f"exp{number:02d}"
    own = complete(config)[name]
    assert (own["kind"], own["tasks"], own["training_data"]) == (kind, [task], data)
    assert [own[key] for key in RATES] == [rate, batch, accumulate, epochs, decay]
    assert (own["patience"], own["dropout"]) == (patience, dropout)
    assert source(config, task, name) == start
    assert own["network"] == {SUBJECT: "Conv5_FC3", SLICE: "ResNet-18 (2D)"}.get(kind, "Conv4_FC3")
    assert own["rescale"] == ("none" if number == 1 else "part")
    assert own["per_position"] == (14 <= number <= 17) and own["vote_threshold"] == (0.7 if 14 <= number <= 17 else 0)
    assert own["split_slices"] == (0.15 if number == 20 else 0)
    assert own["weights"] == ("imagenet" if kind == SLICE else "random")
    assert (own["stop_by"], own["choose_by"], own["vote"]) == ("loss", "balanced_accuracy", "accuracy")
    assert own["class_weight"] == "none" and own["augment"] is None and own["schedule"] == "constant"


@pytest.mark.parametrize("row", AUTOENCODERS, ids=lambda row: row[0])
def test_autoencoders_are_trained_as_published(config, row):
    name, kind, data, rate, batch, accumulate, epochs, decay = row
    own = pretrainings(config)[name]
    assert (own["kind"], own["training_data"], own["task"]) == (kind, data, "AD_CN_MCI")
    assert [own[key] for key in RATES] == [rate, batch, accumulate, epochs, decay]
    assert own["patience"] == 50


@pytest.mark.parametrize("row", SVMS, ids=lambda row: f"exp{row[0]:02d}")
def test_svms_are_trained_as_published(config, row):
    number, task, data, learnt = row
    own = complete(config)[f"exp{number:02d}"]
    assert (own["kind"], own["tasks"], own["training_data"], own["train_task"]) == ("svm_voxel", [task], data, learnt)
    assert len(own["c_grid"]) == 17 and (own["c_grid"][0], own["c_grid"][-1]) == (1e-6, 1e2)
    assert own["inner_folds"] == 10 and not own["unit_length"]
