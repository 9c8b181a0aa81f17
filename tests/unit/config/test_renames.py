from pathlib import Path

import pytest
import yaml

from adrepro.config.loading import settings_of
from adrepro.core.errors import UserError

CONFIG = Path(__file__).parents[3] / "config"


def demo():
    return yaml.safe_load((CONFIG / "config.yaml").read_text())


def test_an_old_configuration_gets_one_message_with_every_new_name():
    old = {
        "share": True,
        "training": {"vote": "accuracy", "rescale": "part", "image": "T1w_equalised"},
        "machines": {"adjust": ["age"], "holdouts": True},
        "splits": {"holdouts": {"test_share": 0.3}},
        "approaches": {"a": {"kind": "forest_regional"}, "b": {"kind": "cnn_roi", "epochs": 1, "start_from": "c"}},
    }
    with pytest.raises(UserError) as error:
        settings_of(demo() | old, "test")
    told = str(error.value)
    for line in (
        "share is now deidentify",
        "training is now cnn_training",
        "training.vote is now cnn_training.aggregation.weights",
        "training.rescale is now cnn_training.intensity_scaling",
        "training.rescale: part is now patch",
        "training.image: T1w_equalised is now T1w_equalized",
        "machines.adjust is now classical.confounds",
        "machines.holdouts is now classical.run_repeated_holdout",
        "splits.holdouts is now splits.repeated_holdout",
        "splits.holdouts.test_share is now splits.repeated_holdout.test_fraction",
        "approaches.a.kind: forest_regional is now random_forest_regional",
        "approaches.b.start_from is now approaches.b.init_from",
    ):
        assert line in told, (line, told)


def test_every_renamed_key_was_one_and_every_new_name_is_one():
    from adrepro.config.reference import schema
    from adrepro.config.renames import RENAMED

    text = schema()
    for old, new in RENAMED.items():
        assert f'"{new.split(".")[-1]}"' in text, new
        assert old != new
