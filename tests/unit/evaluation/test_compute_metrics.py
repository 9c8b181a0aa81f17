import numpy as np
import pandas as pd
import pytest

from adrepro.core.errors import UserError
from adrepro.core.files import write_table
from adrepro.evaluation.compute_metrics import compare, read_scores, refuse_gaps
from adrepro.evaluation.subgroups import age_band, groups_of, subgroups
from score_tables import APPROACHES, write_scores


@pytest.fixture
def run(tmp_path):
    def run(approaches=None, against="good", **more):
        write_scores(tmp_path, **more)
        paths = {name: tmp_path / f"{name}.tsv" for name in ("metrics", "proportions", "differences", "noninferiority")}
        settings = {"against": against, "margin": 0.05}
        compare(
            tmp_path,
            **paths,
            approaches=approaches or APPROACHES,
            settings=settings,
            replicates=500,
            level=0.95,
            seed=1,
        )
        return {name: pd.read_csv(path, sep="\t") for name, path in paths.items()}

    return run


@pytest.mark.parametrize("split", ["validation", "test", "external"])
def test_scores_that_lack_people_are_refused_with_the_name_of_the_file(run, tmp_path, split):
    run()
    path = tmp_path / "AD_vs_CN/good/fold-1/scores.tsv"
    scores = pd.read_csv(path, sep="\t")
    scores.drop(scores.index[scores["split"] == split][-1]).to_csv(path, sep="\t", index=False)
    with pytest.raises(UserError, match="1 problem\n  AD_vs_CN/good/fold-1/scores.tsv: lacks people"):
        refuse_gaps(tmp_path, read_scores(tmp_path, APPROACHES))


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


def test_every_metric_has_its_rows_and_intervals(run):
    found = run()["metrics"]
    own = found[(found["approach"] == "good") & (found["split"] == "test") & (found["fold"] == "mean")].set_index(
        "metric"
    )
    assert len(own) == 13
    assert ((own["low"] <= own["value"]) & (own["value"] <= own["high"]))[["auc", "brier", "calibration_slope"]].all()
    assert (own["low_bca"] < own["high_bca"]).drop("ece").all() and np.isnan(own.loc["ece", "low_bca"])
    assert set(found.loc[found["split"] == "validation", "fold"]) == {"0", "1", "mean"}


def test_proportions_count_people(run):
    found = run()["proportions"]
    row = found.query("approach == 'good' and split == 'test' and fold == 'ensemble' and metric == 'sensitivity'").iloc[
        0
    ]
    assert row["of"] == 40 and row["wilson_low"] < row["count"] / row["of"] < row["wilson_high"]
    assert row["exact_low"] < row["wilson_low"]


def test_the_same_is_not_inferior_and_the_weak_is_not_shown_to_be(run):
    found = run()["noninferiority"].query("split == 'test' and metric == 'auc'").set_index("approach")
    assert found["verdict"].to_dict() == {"cnn": "not shown", "same": "not inferior"}
    assert run(against=None)["noninferiority"].empty


def test_few_people_get_no_test_and_one_approach_no_pair(run):
    few = run(per_class=4)["differences"]
    assert few["p_value"].isna().all() and (few["advantage"] == "none").all()
    assert run(approaches={"AD_vs_CN": ["cnn"]})["differences"].empty


def test_equal_predictions_are_compared_too(run):
    found = run(folds=1, change=lambda table: table.assign(score=0.5, prediction=0))
    assert (found["metrics"].query("metric == 'auc'")["value"] == 0.5).all()
    assert (found["differences"]["advantage"] == "none").all()


def test_repeated_hold_outs_are_compared_by_the_corrected_t(run, tmp_path):
    people = [f"sub-{i}" for i in range(40)]
    write_table(tmp_path / "splits/AD_vs_CN.tsv", pd.DataFrame({"participant_id": people, "partition": "train"}))
    rng = np.random.default_rng(0)
    for name, right in (("cnn", 0.5), ("good", 0.95)):
        label = np.tile([0, 1], 60)
        prediction = np.where(rng.uniform(size=120) < right, label, 1 - label)
        table = pd.DataFrame({"fold": np.repeat(range(10), 12), "label": label, "prediction": prediction})
        write_table(tmp_path / "AD_vs_CN" / name / "holdout" / "scores.tsv", table)
    found = run()["differences"].query("test == 'corrected t'")
    assert list(found["split"]) == ["holdout"] and list(found["advantage"]) == ["b"]


def test_missing_scores_are_named(tmp_path):
    with pytest.raises(UserError, match="no scores; run the workflow again"):
        compare(tmp_path, *[tmp_path / "x"] * 4, {"T": ["svm"]}, {"against": None, "margin": 0.1}, 100, 0.95, 0)


def test_ages_fall_into_bands():
    ages = ["64.9", "65", "74.99", "85", "n/a"]
    bands = ["below 65", "65 to below 75", "65 to below 75", "85 and older", "n/a"]
    assert [age_band(age, [65, 75, 85]) for age in ages] == bands


def test_groups_leave_out_what_is_not_known():
    people = pd.DataFrame({"participant_id": ["a", "b"], "sex": ["F", "n/a"], "age": ["70", "80"]})
    found = groups_of(people, ["sex", "age", "site"], [75])
    assert found.to_numpy().tolist() == [["a", "sex", "F"], ["a", "age", "below 75"], ["b", "age", "75 and older"]]
    assert groups_of(people, ["site"], [75]).empty


def test_subgroups_have_numbers_where_both_classes_are(tmp_path):
    write_scores(tmp_path, per_class=10)
    ids = [f"sub-{split}{i}" for split in "te" for i in range(20)]
    sexes = ["F"] * 10 + ["M"] * 10  # of the test set, every woman is a control
    row = {"session_id": "n/a", "dataset": "d", "role": "study", "t1w": "n/a", "diagnosis": "CN", "age": "70"}
    sheet = pd.DataFrame([row | {"participant_id": i, "sex": s} for i, s in zip(ids, sexes * 2, strict=True)])
    sheet = sheet.assign(mmse="n/a", cdr="n/a", months="0")
    order = "participant_id session_id dataset role t1w diagnosis age sex mmse cdr months".split()
    write_table(tmp_path / "cohort.tsv", sheet[order])
    out = tmp_path / "subgroups.tsv"
    subgroups(
        tmp_path, tmp_path / "cohort.tsv", tmp_path / "cohort.tsv", out, APPROACHES, ["sex", "age"], [75], 200, 0.95, 1
    )
    found = pd.read_csv(out, sep="\t")
    assert set(found["variable"]) == {"sex"}  # one band of age divides nobody
    assert found["value"].isna().all() and set(found["n_positive"]) == {0, 10}
