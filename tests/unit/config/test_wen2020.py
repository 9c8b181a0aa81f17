"""The configuration of Wen et al. 2020 against the hyperparameters in their publication."""

from pathlib import Path

import pytest

from adrepro.config.consistency import contradictions
from adrepro.config.loading import load_settings
from adrepro.config.settings.cohort import Match
from adrepro.config.study import Study

CONFIG = Path(__file__).parents[3] / "config"
SUBJECT, ROI, PATCH, SLICE = "cnn_whole", "cnn_roi", "cnn_patch", "cnn_slice"
AD, MCI, B, L = "AD_vs_CN", "sMCI_vs_pMCI", "baseline", "longitudinal"
# exp., kind, task, data, learning rate, batch, accumulated, epochs, weight decay, patience, dropout, initialized from
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
def study():
    return Study(load_settings([CONFIG / "config.yaml", CONFIG / "study" / "wen2020.yaml"]))


def test_there_are_26_experiments_and_nothing_else(study):
    settings = study.settings
    assert sorted(study.approaches) == [f"exp{i:02d}" for i in range(1, 27)]
    assert sorted(study.pretrainings) == [f"AE{i}" for i in range(1, 7)]
    assert contradictions(settings) == [] and settings.resolution_mm == 1
    assert set(settings.splits.test_per_label.values()) == {100} and settings.splits.folds == 5
    assert settings.splits.match == Match(age_p=0.8, sex_p=0.8, draws=100_000)


@pytest.mark.parametrize("row", PUBLISHED, ids=lambda row: f"exp{row[0]:02d}")
def test_networks_are_trained_as_published(study, row):
    number, kind, task, data, rate, batch, accumulate, epochs, decay, patience, dropout, initial = row
    name = f"exp{number:02d}"
    own = study.approaches[name]
    assert (own.kind, own.tasks, own.training_data) == (kind, [task], data)
    assert [getattr(own, key) for key in RATES] == [rate, batch, accumulate, epochs, decay]
    assert (own.patience, own.dropout) == (patience, dropout)
    assert study.initial_model(task, name) == initial
    assert own.network == {SUBJECT: "Conv5_FC3", SLICE: "ResNet-18 (2D)"}.get(kind, "Conv4_FC3")
    assert own.intensity_scaling == ("none" if number == 1 else "patch")
    multi_cnn = 14 <= number <= 17
    assert own.one_network_per_patch == multi_cnn and own.aggregation.min_score == (0.7 if multi_cnn else 0)
    assert own.leaky_slice_split == (0.15 if number == 20 else 0)
    assert own.weights == ("imagenet" if kind == SLICE else "random")
    assert (own.early_stopping_metric, own.selection_metric) == ("loss", "balanced_accuracy")
    assert own.aggregation.weights == "accuracy"
    assert own.class_weight == "none" and own.augment is None and own.schedule == "constant"


@pytest.mark.parametrize("row", AUTOENCODERS, ids=lambda row: row[0])
def test_autoencoders_are_trained_as_published(study, row):
    name, kind, data, rate, batch, accumulate, epochs, decay = row
    own = study.pretrainings[name]
    assert (own.kind, own.training_data, own.task) == (kind, data, "AD_CN_MCI")
    assert [getattr(own, key) for key in RATES] == [rate, batch, accumulate, epochs, decay]
    assert own.patience == 50


@pytest.mark.parametrize("row", SVMS, ids=lambda row: f"exp{row[0]:02d}")
def test_svms_are_trained_as_published(study, row):
    number, task, data, train_task = row
    own = study.approaches[f"exp{number:02d}"]
    assert (own.kind, own.tasks, own.training_data, own.train_task) == ("svm_voxel", [task], data, train_task)
    assert len(own.c_grid) == 17 and (own.c_grid[0], own.c_grid[-1]) == (1e-6, 1e2)
    assert own.inner_folds == 10 and not own.scale_to_unit_norm
