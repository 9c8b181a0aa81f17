def test_the_tables_tell_the_weak_approach_from_the_good_one(run):
    found = run()["differences"]
    test = found[found["split"] == "test"].set_index(["metric", "test", "approach_a", "approach_b"])
    for kind in (
        ("balanced_accuracy", "paired permutation"),
        ("auc", "paired permutation"),
        ("auc", "DeLong"),
        ("accuracy", "McNemar"),
    ):
        assert test.loc[(*kind, "cnn", "good"), "advantage"] == "b"
        assert test.loc[(*kind, "good", "same"), "advantage"] == "none"
        assert test.loc[(*kind, "good", "same"), "difference"] == 0
    row = test.loc[("balanced_accuracy", "paired permutation", "cnn", "good")]
    assert row["p_value"] <= row["p_adjusted"] <= row["p_bonferroni"] and row["low"] < row["difference"] < row["high"]
    assert 0 < row["detectable"] < 0.5


def test_few_people_get_no_test_and_one_approach_no_pair(run):
    few = run(per_class=4)["differences"]
    assert few["p_value"].isna().all() and (few["advantage"] == "none").all()
    assert run(approaches={"AD_vs_CN": ["cnn"]})["differences"].empty


def test_equal_predictions_are_compared_too(run):
    found = run(folds=1, change=lambda table: table.assign(score=0.5, prediction=0))
    assert (found["metrics"].query("metric == 'auc'")["value"] == 0.5).all()
    assert (found["differences"]["advantage"] == "none").all()
