import pytest

from adrepro.config.as_meant import as_meant
from adrepro.config.loading import read_yaml, settings_of
from adrepro.core.errors import UserError

TASKS = {"AD_vs_CN": {"positive": "AD", "negative": "CN"}}
CONFIG = {"cohort": "cohort.tsv", "tasks": TASKS, "approaches": {"svm": {"kind": "svm_voxel"}}}


@pytest.mark.parametrize(
    ("value", "expected", "meant"),
    [
        ("1e-4", "float_type", 1e-4), ("2e1", "int_type", 20), ("2", "int_type", 2), ("+3", "int_type", 3),
        (20.0, "int_type", 20), (20.5, "int_type", 20.5), ("2.5", "int_type", 2.5), ("two", "int_type", "two"),
        ("yes", "bool_type", True), ("off", "bool_type", False), ("maybe", "bool_type", "maybe"),
        ("5", "string_type", "5"), (True, "int_type", True),
    ],
)  # fmt: skip
def test_values_are_read_as_their_key_expects_them(value, expected, meant):
    found = as_meant(value, expected)
    assert found == meant and type(found) is type(meant)


def test_the_command_line_means_the_same_as_a_file(tmp_path):
    """Snakemake reads values within braces as text."""
    (tmp_path / "c.yaml").write_text(
        "splits: {folds: 3, test_per_label: 2}\nleakage: {false_alarms: 1.0e-4}\nallow_leak: yes\n"
        "classical: {c_grid: [0.1, 1]}\n"
    )
    given = {
        "splits": {"folds": "3", "test_per_label": "2"}, "leakage": {"false_alarms": "1e-4"}, "allow_leak": "yes",
        "classical": {"c_grid": ["0.1", "1"]},
    }  # fmt: skip
    assert settings_of(CONFIG | given, "test") == settings_of(CONFIG | read_yaml(tmp_path / "c.yaml"), "test")


def test_sizes_of_labels_and_settings_of_approaches_are_read_too():
    given = CONFIG | {
        "splits": {"test_per_label": {"AD": "5", "CN": "4"}},
        "approaches": {"cnn": {"kind": "cnn_roi", "epochs": "3", "learning_rate": "1e-3"}},
    }
    settings = settings_of(given, "test")
    assert settings.splits.test_per_label == {"AD": 5, "CN": 4}
    assert settings.approaches["cnn"].epochs == 3 and settings.approaches["cnn"].learning_rate == 1e-3


def test_what_cannot_be_read_is_told_beside_what_can():
    with pytest.raises(UserError, match=r"(?s)1 problem\n.*splits.folds: expected a valid integer, got 2.5"):
        settings_of(CONFIG | {"splits": {"folds": "2.5", "test_per_label": "2"}}, "test")


def test_a_word_that_yaml_takes_for_a_truth_value_is_explained():
    with pytest.raises(UserError, match="got False; YAML reads no, off, yes and on so: put it in quotes"):
        settings_of(CONFIG | {"labels": {"ignore_diagnoses": [False]}}, "test")
