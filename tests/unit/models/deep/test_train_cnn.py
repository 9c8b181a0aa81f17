"""The step of a network approach on a study of a dozen small images."""

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import torch
import yaml

from adrepro.config.approaches import complete
from adrepro.core.errors import UserError
from adrepro.imaging.grids import study_grid
from adrepro.models.deep import fit
from adrepro.models.deep.train_cnn import cnn

CONFIG = Path(__file__).parents[4] / "config" / "config.yaml"


@pytest.fixture(scope="module")
def study(tmp_path_factory):
    """Packed images of 4 mm with a bright hippocampus in class 1, a split in two folds, and a function that trains."""
    root = tmp_path_factory.mktemp("cnn")
    names = [f"sub-{i:02d}" for i in range(14)]
    keys = pd.DataFrame({"participant_id": names, "session_id": "ses-M000"})
    target = np.arange(14) % 2
    volumes = np.random.default_rng(0).random((14, *study_grid(4).shape), dtype=np.float32)
    volumes[target == 1, 10:32, 18:30, 11:23] += 1
    np.save(root / "v.npy", volumes)
    keys.to_csv(root / "index.tsv", sep="\t", index=False)
    keys.assign(label="x").to_csv(root / "labels.tsv", sep="\t", index=False)
    split = keys[["participant_id"]].assign(dataset="A", label="x", target=target)
    split["partition"] = ["train"] * 10 + ["test"] * 4
    split["fold"] = ["0", "0", "0", "0", "1", "1", "1", "1", "1", "1", "n/a", "n/a", "n/a", "n/a"]
    split.to_csv(root / "split.tsv", sep="\t", index=False)

    def run(out, changes=None, name="cnn_roi", **more):
        settings = complete(yaml.safe_load(CONFIG.read_text()))[name] | {"epochs": 2} | (changes or {})
        words = {
            "volumes": root / "v.npy", "index": root / "index.tsv", "split": root / "split.tsv",
            "visits": root / "split.tsv", "labels": root / "labels.tsv", "start_from": [], "imagenet": [],
            "task": "T", "approach": name, "fold": 0, "settings": settings, "resolution_mm": 4, "device": "cpu",
            "torch_threads": 1, "seed": 1,
        }  # fmt: skip
        names = {"scores": "tsv", "training": "tsv", "history": "tsv", "weights": "safetensors", "model": "json"}
        cnn(**{**words, **{key: out / f"{key}.{end}" for key, end in names.items()}, "checkpoint": out / "c", **more})
        return pd.read_csv(out / "scores.tsv", sep="\t")

    return root, run


@pytest.mark.parametrize("name", ["cnn_whole", "cnn_roi", "cnn_patch", "cnn_slice"])
def test_a_bright_region_is_learnt_and_the_files_say_how(study, tmp_path, name):
    scores = study[1](tmp_path, {"epochs": 12, "batch_size": 4, "learning_rate": 1e-3, "slice_step": 8}, name)
    test = scores[scores["split"] == "test"]
    assert len(test) == 4 and len(scores) == 8
    if name in ("cnn_roi", "cnn_patch"):
        assert (test["prediction"] == test["label"]).all()
    model = json.loads((tmp_path / "model.json").read_text())
    networks = 36 if name == "cnn_patch" else 1
    assert model["networks"] == networks == len(model["best_epoch"])
    assert sum(model["vote_weights"]) == pytest.approx(1, abs=1e-4)
    history = pd.read_csv(tmp_path / "history.tsv", sep="\t")
    assert set(history["network"]) == set(range(networks)) and not list(tmp_path.glob("c-*"))


def test_running_out_of_memory_names_the_setting(study, tmp_path, monkeypatch):
    def full(*words, **more):
        raise torch.OutOfMemoryError("CUDA out of memory")

    monkeypatch.setattr(fit, "train", full)
    with pytest.raises(UserError, match="lower approaches.cnn_patch.batch_size .* or together"):
        study[1](tmp_path, name="cnn_patch")


def test_a_fold_without_a_class_is_told(study, tmp_path):
    root, run = study
    split = pd.read_csv(root / "split.tsv", sep="\t", keep_default_na=False)
    split.loc[split["fold"] == "0", "target"] = 1
    split.to_csv(tmp_path / "s.tsv", sep="\t", index=False)
    with pytest.raises(UserError, match="T fold 0: the validation part holds one class only; lower splits.folds"):
        run(tmp_path, split=tmp_path / "s.tsv")


def test_no_gpu_is_told(study, tmp_path):
    if torch.cuda.is_available():
        pytest.skip("there is a GPU")
    with pytest.raises(UserError, match="device: cuda was asked for and no GPU is visible"):
        study[1](tmp_path, device="cuda")
