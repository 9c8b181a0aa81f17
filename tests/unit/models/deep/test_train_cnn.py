"""Train a CNN approach on a study of a dozen small images."""

import json

import numpy as np
import pandas as pd
import pytest
import torch

from adrepro.core.errors import UserError
from adrepro.core.tables import read_table
from adrepro.models.deep import fit


@pytest.mark.parametrize("name", ["cnn_whole", "cnn_roi", "cnn_patch", "cnn_slice"])
def test_a_bright_region_is_learned_and_the_files_record_how(study, tmp_path, name):
    scores = study.train(tmp_path, {"epochs": 12, "batch_size": 4, "learning_rate": 1e-3, "slice_step": 8}, name)
    test = scores[scores["split"] == "test"]
    assert len(test) == 4 and len(scores) == 8
    if name in ("cnn_roi", "cnn_patch"):
        assert (test["prediction"] == test["label"]).all()
    model = json.loads((tmp_path / "model.json").read_text())
    networks = 36 if name == "cnn_patch" else 1
    assert model["networks"] == networks == len(model["best_epoch"])
    assert sum(model["aggregation_weights"]) == pytest.approx(1, abs=1e-4)
    history = pd.read_csv(tmp_path / "history.tsv", sep="\t")
    assert set(history["network"]) == set(range(networks)) and not list(tmp_path.glob("c-*"))


def test_running_out_of_memory_names_the_setting(study, tmp_path, monkeypatch):
    def full(*words, **more):
        raise torch.OutOfMemoryError("CUDA out of memory")

    monkeypatch.setattr(fit, "train", full)
    with pytest.raises(UserError, match="lower approaches.cnn_patch.batch_size .* or networks_per_batch"):
        study.train(tmp_path, name="cnn_patch")


def test_a_fold_without_a_class_is_an_error(study, tmp_path):
    split = pd.read_csv(study.inputs["split"], sep="\t", keep_default_na=False)
    split.loc[split["split"] == "validation", "target"] = 1
    split.to_csv(tmp_path / "s.tsv", sep="\t", index=False)
    with pytest.raises(UserError, match="T fold 0: the validation part holds one class only; lower splits.folds"):
        study.train(tmp_path, split=tmp_path / "s.tsv")


def test_a_missing_gpu_is_an_error(study, tmp_path):
    if torch.cuda.is_available():
        pytest.skip("there is a GPU")
    with pytest.raises(UserError, match="device: cuda needs a visible GPU"):
        study.train(tmp_path, device="cuda")


def test_leaky_slices_use_the_same_images_in_both_parts_and_the_record_shows_it(study, tmp_path):
    scores = study.train(tmp_path, {"leaky_slice_split": 0.25, "slice_step": 8, "epochs": 1}, "cnn_slice")
    training = read_table(tmp_path / "training.tsv")
    of = {purpose: set(rows["participant_id"]) for purpose, rows in training.groupby("purpose")}
    assert of["weights"] == of["early stopping"] == {f"sub-{i:02d}" for i in range(10)}
    assert "aggregation weights" in of and len(scores) == 8 and np.isfinite(scores["score"]).all()


def test_weights_of_another_approach_initialize_a_network(study, trained, tmp_path):
    study.train(tmp_path, {"epochs": 1}, init_from=[trained / "weights.safetensors"])
    assert json.loads((tmp_path / "model.json").read_text())["builds_on"] == ["T/cnn_roi/fold-0"]
    losses = [pd.read_csv(folder / "history.tsv", sep="\t")["training_loss"][0] for folder in (trained, tmp_path)]
    assert losses[1] < losses[0]
