import copy
import datetime
from pathlib import Path

import pytest
import yaml

from adrepro.config.loading import load_settings, settings_of
from adrepro.core.errors import UserError

CONFIG = Path(__file__).parents[3] / "config"


def demo():
    return yaml.safe_load((CONFIG / "config.yaml").read_text())


@pytest.mark.parametrize("overlay", [None, *sorted((CONFIG / "study").glob("*.yaml"))], ids=str)
def test_the_shipped_configurations_are_valid(overlay):
    load_settings([CONFIG / "config.yaml", *([overlay] if overlay else [])])


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"resolution": 2}, "unknown key 'resolution', did you mean 'resolution_mm'"),
        ({"splits": {"fold": 3}}, "unknown key 'splits.fold', did you mean 'folds'"),
        ({"quality": {"limits": {"tiv": [1, 2]}}}, "unknown key 'quality.limits.tiv', did you mean 'tiv_ml'"),
        ({"resolution_mm": 3}, "resolution_mm: expected 1, 1.5, 2 or 4, got 3"),
        ({"seed": "twenty"}, "seed: expected a valid integer, got 'twenty'"),
        ({"seed": 20.5}, "seed: expected a valid integer, got 20.5"),
        ({"seed": datetime.date(2020, 1, 1)}, "seed: '2020-01-01' is a date"),
        ({"leakage": {"false_alarms": float("nan")}}, "leakage.false_alarms: nan"),
        ({"gm_smoothing_fwhm_mm": float("inf")}, "gm_smoothing_fwhm_mm: inf"),
        (
            {"cnn_training": {"learning_rate": "1e-x"}},
            "cnn_training.learning_rate: expected a valid number, got '1e-x'",
        ),
        ({"atlas": "sedes"}, "atlas: expected text that should match.*seeds.*got 'sedes'"),
        ({"atlas": {"name": "own", "labels": "a.nii"}}, "atlas.space: missing"),
        (
            {"approaches": {"cnn_roi": {"kind": "cnn_roi", "epoch": 1}}},
            "approaches.cnn_roi.epoch', did you mean 'epochs'",
        ),
        ({"approaches": {"cnn_roi": {"kind": "cnn_roi"}}}, "approaches.cnn_roi.epochs: missing"),
        ({"approaches": {"a": {"kind": "svm"}}}, "approaches.a.kind: expected svm_regional"),
        ({"approaches": {"a": {"kind": "svm_voxel", "epochs": 2}}}, "unknown key 'approaches.a.epochs'"),
        ({"approaches": {"a": 3}}, "approaches.a: expected an object, got 3"),
        ({"approaches": {"../x": {"kind": "cnn_roi", "epochs": 1}}}, "approaches.../x: expected text"),
        ({"approaches": {"x\n": {"kind": "cnn_roi", "epochs": 1}}}, "approaches"),
        ({"tasks": {"participants": {"positive": "AD", "negative": "CN"}}}, "tasks.participants: .* choose another"),
        ({"tasks": {1: {"positive": "AD", "negative": "CN"}}}, "key 1 is no text"),
        ({"splits": {"folds": 1_000_000}}, "splits.folds: expected less than or equal to 100"),
        ({"quality": {"limits": {"tiv_ml": [2000, 500]}}}, "quality.limits.tiv_ml: 2000 is above 500; swap them"),
        ({"simulate": {"scanners": [{"axes": "XYZ"}]}}, "simulate.scanners.0.axes: expected text"),
    ],
)
def test_a_wrong_key_is_named_with_the_nearest(change, message):
    config = demo()
    config.update(copy.deepcopy(change))
    with pytest.raises(UserError, match="(?s)" + message.replace("(", r"\(")):
        settings_of(config, "test")


def test_all_faults_are_told_at_once():
    config = demo() | {"resolution": 2, "seed": "x", "device": "gpu"}
    with pytest.raises(UserError, match="3 problems") as error:
        settings_of(config, "test")
    assert all(key in str(error.value) for key in ("'resolution'", "seed:", "device:"))


@pytest.mark.parametrize("text", ["splits: &a {match: *a}", "a: &a [1,1,1,1,1,1,1,1,1,1]"])
def test_circles_and_bombs_of_anchors_end_in_words(tmp_path, text):
    from adrepro.config.loading import read_yaml

    path = tmp_path / "study.yaml"
    ten = [f"{b}: &{b} [{', '.join([f'*{a}'] * 10)}]" for a, b in zip("abcdefg", "bcdefgh", strict=True)]
    path.write_text("\n".join([text, *(ten if "10" not in text and "1,1" in text else [])]))
    with pytest.raises(UserError, match="too large or too deep"):
        settings_of(demo() | read_yaml(path), "test")
