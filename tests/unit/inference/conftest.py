"""Descriptions of exported models, and a function that writes one to a folder."""

import json

import pytest

from adrepro.config.settings.approaches import ClassicalApproach, CnnApproach

TRAINED_ON = {"scans": 10, "participants": 10, "datasets": ["study"], "ages": [60.0, 80.0]}


@pytest.fixture
def classical():
    """Description of a regional SVM with one feature."""
    return {
        "task": "AD_vs_CN",
        "approach": "svm_regional",
        "classes": {"positive": "AD", "negative": "CN"},
        "settings": ClassicalApproach(kind="svm_regional", standardize=False).model_dump(mode="json"),
        "resolution_mm": 4.0,
        "architecture": "Linear support vector machine",
        "parameters": 2,
        "score_kind": "decision",
        "features": ["a"],
        "folds": [{"weights": "models/fold-0.safetensors", "trained_on": TRAINED_ON, "c": 1.0}],
        "split_sha256": "0",
        "results": [],
        "simulated": True,
        "adrepro": "0.1.0",
    }


@pytest.fixture
def cnn(classical):
    """Description of a CNN on the hippocampi."""
    fold = {"weights": "models/fold-0.safetensors", "trained_on": TRAINED_ON, "aggregation_weights": [0.25, 0.75]}
    settings = CnnApproach(kind="cnn_roi", network="Conv4_FC3", epochs=1, batch_size=4).model_dump(mode="json")
    more = {"approach": "cnn_roi", "architecture": "Conv4_FC3", "score_kind": "probability", "input_size": [13, 13, 13]}
    del classical["features"]
    return classical | more | {"settings": settings, "folds": [fold | {"best_epoch": [1]}]}


@pytest.fixture
def model(tmp_path):
    """Return a function that writes a description to the folder of a model, and returns the folder."""
    folder = tmp_path / "model"
    (folder / "models").mkdir(parents=True)
    for path in (folder / "models/fold-0.safetensors", folder / "study.yaml", tmp_path / "other.safetensors"):
        path.touch()

    def write(content):
        (folder / "adrepro.json").write_text(content if isinstance(content, str) else json.dumps(content))
        return folder

    return write
