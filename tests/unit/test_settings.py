import copy
from pathlib import Path

import pytest
import yaml

from adrepro.errors import UserError
from adrepro.settings import load_settings, validate, without_folders

CONFIG = Path(__file__).parents[2] / "config"


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
        ({"approaches": {"cnn_roi": {"kind": "cnn_roi", "epoch": 1}}}, "approaches.cnn_roi.epoch"),
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
    assert shown["labels"] == {"horizon_months": 36} and shown["preprocessing"]["brain_masks"] is None


def test_null_and_true_on_the_command_line_are_what_they_say():
    config = yaml.safe_load((CONFIG / "config.yaml").read_text())
    config["atlas"] = {"name": "own", "labels": "a.nii.gz", "table": "null", "space": "MNI"}
    config["allow_leak"] = "true"
    config["splits"]["match"] = config["tasks"]["sMCI_vs_pMCI"] = "null"
    validate(config, "command line")
    assert config["atlas"]["table"] is None and config["splits"]["match"] is None
    assert list(config["tasks"]) == ["AD_vs_CN"] and config["allow_leak"] is True
