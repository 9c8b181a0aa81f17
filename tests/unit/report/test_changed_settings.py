from adrepro.report.changed_settings import changed_settings, flatten


def test_differing_settings_versions_and_inputs_are_listed():
    one = {"config": {"seed": 1, "splits": {"folds": 5}}, "packages": {}, "inputs": {"a": "x"}, "adrepro": "1"}
    other = {"config": {"seed": 1, "splits": {"folds": 3}}, "packages": {}, "inputs": {}, "adrepro": "2"}
    assert flatten(one["config"]) == {"seed": 1, "splits.folds": 5}
    assert [(row["section"], row["key"], row["a"], row["b"]) for row in changed_settings(one, other)] == [
        ("packages", "adrepro", "1", "2"),
        ("config", "splits.folds", "5", "3"),
        ("inputs", "a", "x", "none"),
    ]
