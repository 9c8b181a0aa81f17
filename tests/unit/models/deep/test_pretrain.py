import pandas as pd
import pytest

from adrepro.config.settings.approaches import Pretraining
from adrepro.core.files import read_json
from adrepro.core.tables import read_table
from adrepro.models.deep.pretrain import pretrain
from adrepro.models.deep.weights import load_weights


@pytest.fixture
def pretrained(study, tmp_path):
    """Folder of an autoencoder that was trained for three epochs."""
    folder = tmp_path / "pretraining" / "twin" / "fold-0"
    folder.mkdir(parents=True)
    settings = Pretraining(
        kind="cnn_roi", network="Conv4_FC3", task="T", epochs=3, learning_rate=1e-3, early_stopping_metric="loss",
        selection_metric="loss",
    )  # fmt: skip
    pretrain(
        **study.inputs, training=folder / "training.tsv", history=folder / "history.tsv",
        weights=folder / "weights.safetensors", model=folder / "model.json", checkpoint=folder / "c", name="twin",
        fold=0, settings=settings, resolution_mm=4, device="cpu", torch_threads=1, seed=1,
    )  # fmt: skip
    return folder


def test_an_encoder_is_trained_on_the_fold_and_initializes_an_approach(study, pretrained, tmp_path):
    history = pd.read_csv(pretrained / "history.tsv", sep="\t")
    assert len(history) == 3 and history["training_loss"].iloc[-1] < history["training_loss"].iloc[0]
    training = read_table(pretrained / "training.tsv")
    of = {purpose: set(rows["participant_id"]) for purpose, rows in training.groupby("purpose")}
    assert of["weights"] == {f"sub-{i:02d}" for i in range(4, 10)}
    assert of["early stopping"] == of["choice of epoch"] == {f"sub-{i:02d}" for i in range(4)}
    (weights,) = load_weights(pretrained / "weights.safetensors")
    assert all(name.startswith("0.") for name in weights)
    assert read_json(pretrained / "model.json")["epochs"] == 3 and not list(pretrained.glob("c*"))
    study.train(tmp_path, {"epochs": 1}, init_from=[pretrained / "weights.safetensors"])
    assert read_json(tmp_path / "model.json")["builds_on"] == ["pretraining/twin/fold-0"]
