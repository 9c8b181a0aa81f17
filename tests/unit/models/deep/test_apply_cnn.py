import pandas as pd

from adrepro.core.files import read_json
from adrepro.core.tables import read_table
from adrepro.models.deep.apply_cnn import apply_cnn


def test_a_network_is_applied_as_it_is_and_no_scan_is_recorded_as_training_data(study, trained, tmp_path):
    inputs = {name: path for name, path in study.inputs.items() if name != "visits"}
    apply_cnn(
        **inputs, weights=trained / "weights.safetensors", model=trained / "model.json",
        scores=tmp_path / "scores.tsv", training=tmp_path / "training.tsv", applied=tmp_path / "model.json",
        task="U", approach="cnn_roi", fold=0, device="cpu", torch_threads=1,
    )  # fmt: skip
    before, after = (pd.read_csv(folder / "scores.tsv", sep="\t") for folder in (trained, tmp_path))
    pd.testing.assert_frame_equal(before.assign(task="U"), after, atol=2e-6)
    assert len(read_table(tmp_path / "training.tsv")) == 0
    record = read_json(tmp_path / "model.json")
    assert record == {**read_json(trained / "model.json"), "builds_on": ["T/cnn_roi/fold-0"]}
