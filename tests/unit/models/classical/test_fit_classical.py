import numpy as np
import pytest

from adrepro.config.settings.approaches import ClassicalApproach
from adrepro.config.settings.classical import Combat
from adrepro.core.arrays import read_weights
from adrepro.core.errors import UserError
from adrepro.core.files import read_json
from adrepro.core.tables import read_table, write_table
from adrepro.models.classical.fit_classical import fit_classical, training_and_scored_rows


def run(study, kind="svm_regional", fitted_split=None, **changes):
    """Run the step on fold 0, and return its record."""
    voxel = kind == "svm_voxel"
    fit_classical(
        features=study.stacked if voxel else study.regional, kernel=[study.kernel] if voxel else [],
        regional=study.regional, cohort=[study.cohort], split=study.split, fitted_split=fitted_split or study.split,
        visits=[], scores=study.folder / "scores.tsv",
        training=study.folder / "training.tsv", model=study.folder / "model.json",
        weights=study.folder / "weights.safetensors", task="T", approach="a", fold=0,
        settings=ClassicalApproach(kind=kind, trees=30, **changes), seed=1,
    )  # fmt: skip
    return read_json(study.folder / "model.json")


@pytest.mark.parametrize("kind", ["svm_regional", "svm_voxel", "logistic_regional", "random_forest_regional"])
def test_files_have_scores_weights_and_training_scans_of_the_fold(study, kind):
    record = run(study, kind)
    scores = read_table(study.folder / "scores.tsv", ("score",))
    assert scores["split"].value_counts().to_dict() == {"validation": 12, "test": 12}
    test = scores[scores["split"] == "test"]
    assert (test["prediction"] == test["label"]).mean() > 0.8
    weights = read_weights(study.folder / "weights.safetensors")
    assert np.argmax(np.abs(weights["weights"]) * study.values.std(axis=0)) == 2
    assert ("intercept" in weights) == (kind != "random_forest_regional")
    assert record["training"] == 12 and record["names"] == ([] if kind == "svm_voxel" else list("abcdef"))
    assert record["score_kind"] == ("decision" if kind.startswith("svm") else "probability")
    training = read_table(study.folder / "training.tsv")
    split = read_table(study.split)
    expected = set(split.loc[split["split"] == "train", "participant_id"])
    assert set(training["participant_id"]) == expected
    chosen = set() if kind == "random_forest_regional" else {"choice of C"}
    assert set(training["purpose"]) == {"weights", "scaling"} | chosen


def test_scans_that_adjustments_are_fitted_to_are_recorded(study):
    record = run(study, confounds=["age"], combat=Combat(batch="site"))
    assert {"ComBat", "confounds"} < set(read_table(study.folder / "training.tsv")["purpose"])
    assert record["notes"] == [] and "intercept" not in read_weights(study.folder / "weights.safetensors")


def test_one_task_is_scored_by_the_model_of_another(study):
    other = read_table(study.split)
    other = other[other["participant_id"] > "sub-07"]
    write_table(study.folder / "other.tsv", other)
    settings = ClassicalApproach(kind="svm_regional")
    words = (study.folder / "other.tsv", study.split, [], settings, 1)
    rows, target = training_and_scored_rows(*words)
    assert (rows["split"] == "train").sum() == 12 and set(rows[rows["split"] != "train"]["participant_id"]) == set(
        other[other["split"] != "train"]["participant_id"]
    )
    assert target.tolist() == rows["target"].tolist()


def test_permuted_labels_are_of_training_rows_alone(study):
    settings = ClassicalApproach(kind="svm_regional", permute_labels=True)
    rows, target = training_and_scored_rows(study.split, study.split, [], settings, 1)
    training = (rows["split"] == "train").to_numpy()
    assert (target[training] != rows["target"][training]).any()
    assert (target[~training] == rows["target"][~training]).all()


def test_a_training_part_of_one_class_is_an_error(study):
    split = read_table(study.split)
    split.loc[split["split"] == "train", "target"] = "1"
    write_table(study.folder / "one.tsv", split)
    with pytest.raises(UserError, match="one class only; lower splits.folds"):
        run(study, fitted_split=study.folder / "one.tsv")
