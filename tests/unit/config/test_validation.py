import copy
import datetime
from pathlib import Path

import pytest
import yaml

from adrepro.config.validation import load_settings, read_yaml, validate, without_folders
from adrepro.core.errors import UserError

CONFIG = Path(__file__).parents[3] / "config"


@pytest.mark.parametrize("overlay", [None, *sorted((CONFIG / "study").glob("*.yaml"))], ids=str)
def test_the_shipped_configurations_are_valid(overlay):
    load_settings([CONFIG / "config.yaml", *([overlay] if overlay else [])])


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"resolution": 2}, "unknown key 'resolution', did you mean 'resolution_mm'"),
        ({"splits": {"fold": 3}}, "unknown key 'splits.fold', did you mean 'folds'"),
        ({"resolution_mm": 3}, "resolution_mm"),
        ({"seed": "twenty"}, "seed"),
        ({"seed": 20.0}, "seed: 20.0 is not of type 'integer'"),
        ({"seed": datetime.date(2020, 1, 1)}, "seed: '2020-01-01' is a date"),
        ({"leakage": {"near_duplicate": float("nan")}}, "leakage.near_duplicate: nan"),
        ({"smooth_gm_mm": float("inf")}, "smooth_gm_mm: inf"),
        ({"training": {"learning_rate": "1e-4"}}, "training.learning_rate.*YAML takes it for text"),
        ({"atlas": "sedes"}, "atlas: 'sedes' fits no accepted form; nearest: .*seeds"),
        ({"approaches": {"cnn_roi": {"kind": "cnn_roi", "epoch": 1}}}, "approaches.cnn_roi.epoch"),
        ({"approaches": {"../x": {"kind": "cnn_roi"}}}, "approaches"),
        ({"approaches": {"x\n": {"kind": "cnn_roi"}}}, "approaches"),
        ({"tasks": {"participants": {"positive": "AD", "negative": "CN"}}}, "tasks.participants: .* choose another"),
        ({"tasks": {1: {"positive": "AD", "negative": "CN"}}}, "key 1 is no text"),
        ({"splits": {"folds": 1_000_000}}, "splits.folds"),
    ],
)
def test_a_wrong_key_is_named_with_the_nearest(change, message):
    config = yaml.safe_load((CONFIG / "config.yaml").read_text())
    config.update(copy.deepcopy(change))
    with pytest.raises(UserError, match="(?s)" + message.replace("(", r"\(")):
        validate(config, "test")


def test_every_key_is_documented():
    text = (CONFIG / "README.md").read_text()
    config = yaml.safe_load((CONFIG / "config.yaml").read_text())
    keys = set(config)
    for section in (
        "labels",
        "splits",
        "leakage",
        "preprocessing",
        "segmentation",
        "training",
        "machines",
        "bootstrap",
        "comparison",
        "saliency",
        "report",
        "simulate",
    ):
        keys |= set(config[section])
    for approach in config["approaches"].values():
        keys |= set(approach)
    assert sorted(key for key in keys if f"`{key}`" not in text) == []


def test_a_report_sees_no_folders():
    config = {"cohort": "/a/b/cohort.tsv", "labels": {"horizon_months": 36}, "atlas": {"labels": "/x/own.nii.gz"}}
    shown = without_folders(config | {"preprocessing": {"brain_masks": None}})
    assert shown["cohort"] == "cohort.tsv" and shown["atlas"]["labels"] == "own.nii.gz"
    assert without_folders({"approaches": {"a": {"weights": "/home/x/y.pth"}}})["approaches"]["a"]["weights"] == "y.pth"
    assert shown["labels"] == {"horizon_months": 36} and shown["preprocessing"]["brain_masks"] is None


def test_null_and_true_on_the_command_line_are_what_they_say():
    config = yaml.safe_load((CONFIG / "config.yaml").read_text())
    config["atlas"] = {"name": "own", "labels": "a.nii.gz", "table": "null", "space": "MNI"}
    config["allow_leak"] = "true"
    config["splits"]["match"] = config["tasks"]["sMCI_vs_pMCI"] = "null"
    validate(config, "command line")
    assert config["atlas"]["table"] is None and config["splits"]["match"] is None
    assert list(config["tasks"]) == ["AD_vs_CN"] and config["allow_leak"] is True


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("seed: 1\nseed: 2\n", "not valid YAML .key seed appears twice"),
        ("splits:\n  folds: 2\n  folds: 3\n", "not valid YAML .key folds appears twice"),
        ("seed: !!python/object/apply:os.getcwd []\n", "not valid YAML"),
        ("seed: [\n", "not valid YAML"),
        ("- seed\n", "expected lines of"),
        ("\xff", "not valid YAML"),
        ("a: " + "[" * 3000, "not valid YAML"),
    ],
)
def test_a_file_that_is_no_configuration_is_named(tmp_path, text, message):
    path = tmp_path / "study.yaml"
    path.write_text(text, encoding="latin-1")
    with pytest.raises(UserError, match=f"study.yaml: {message}"):
        read_yaml(path)


@pytest.mark.parametrize("text", ["splits: &a {match: *a}", "a: &a [1,1,1,1,1,1,1,1,1,1]"])
def test_circles_and_bombs_of_anchors_end_in_words(tmp_path, text):
    path = tmp_path / "study.yaml"
    ten = [f"{b}: &{b} [{', '.join([f'*{a}'] * 10)}]" for a, b in zip("abcdefg", "bcdefgh", strict=True)]
    path.write_text("\n".join([text, *(ten if "10" not in text and "1,1" in text else [])]))
    with pytest.raises(UserError, match="too large or too deep"):
        validate(yaml.safe_load((CONFIG / "config.yaml").read_text()) | read_yaml(path), "test")
