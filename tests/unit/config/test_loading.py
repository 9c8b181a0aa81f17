from pathlib import Path

import pytest
import yaml

from adrepro.config.loading import merge, read_yaml, settings_of, value_at
from adrepro.core.errors import UserError

CONFIG = Path(__file__).parents[3] / "config"


def test_null_and_true_on_the_command_line_are_what_they_say():
    config = yaml.safe_load((CONFIG / "config.yaml").read_text())
    config["atlas"] = {"name": "own", "labels": "a.nii.gz", "table": "null", "space": "MNI"}
    config["allow_leak"] = "true"
    config["splits"]["match"] = config["tasks"]["sMCI_vs_pMCI"] = "null"
    found = settings_of(config, "command line")
    assert found.atlas.table is None and found.splits.match is None
    assert list(found.tasks) == ["AD_vs_CN"] and found.allow_leak is True


def test_a_later_file_changes_single_keys():
    base = {"splits": {"folds": 5, "group": None}, "seed": 1}
    merge(base, {"splits": {"folds": 3}, "device": "cpu"})
    assert base == {"splits": {"folds": 3, "group": None}, "seed": 1, "device": "cpu"}


def test_a_value_below_keys_is_found_or_none():
    config = {"atlas": {"labels": "a.nii"}, "cohort": "c.tsv"}
    assert value_at(config, ("atlas", "labels")) == "a.nii"
    assert value_at(config, ("cohort", "labels")) is None and value_at(config, ("splits", "lists")) is None


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
