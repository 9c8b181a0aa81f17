import numpy as np
import pandas as pd
import pytest

from adrepro.config.settings.approaches import ClassicalApproach
from adrepro.core.errors import UserError
from adrepro.features.linear_kernel import blocks, kernel_matrix
from adrepro.models.classical.feature_set import FeatureSet
from adrepro.models.classical.pipeline import fit_and_score, weighted_sum

RNG = np.random.default_rng(0)
TARGET = np.arange(60) % 2
TRAINING = np.arange(40)


def settings(kind="svm_regional", **changes):
    """Settings with a short search for C and a small forest, with changes."""
    return ClassicalApproach(kind=kind, c_grid=[0.1, 1, 10], inner_folds=4, trees=50).model_copy(update=changes)


@pytest.fixture
def inputs(tmp_path):
    """A function that makes inputs; maps are in a file."""
    return lambda *words, **more: make_inputs(tmp_path, *words, **more)


def make_inputs(folder, kind="svm_regional", shift=0.0, age=0.0):
    values = RNG.normal(size=(60, 8))
    values[:, 2] += 3 * TARGET
    ages = 60 + RNG.uniform(0, 20, 60)
    values += age * ages[:, None]
    values[40:] += shift
    covariates = pd.DataFrame({"age": [f"{a:.1f}" for a in ages], "tiv_ml": "1400"})
    participants = np.array([f"sub-{i}" for i in range(60)])
    if kind == "svm_voxel":
        return on_kernel(FeatureSet(values, None, covariates, participants), folder)
    return FeatureSet(values, None, covariates, participants)


def on_kernel(given, folder):
    """The same inputs as the linear kernel of maps."""
    np.save(folder / "maps.npy", given.features.reshape(60, 2, 2, 2))
    kernel = given.features @ given.features.T
    return FeatureSet(None, kernel, given.covariates, given.participants, [], folder / "maps.npy", np.arange(60))


@pytest.mark.parametrize("kind", ["svm_regional", "svm_voxel", "logistic_regional", "random_forest_regional"])
def test_every_classifier_finds_a_known_difference_and_its_region(inputs, kind):
    found = fit_and_score(inputs(kind), TRAINING, TARGET, settings(kind), 0)
    right = (found.scores > found.threshold) == TARGET
    assert right[40:].mean() >= 0.8
    assert np.argmax(np.abs(found.weights)) == 2


def test_an_svm_on_the_kernel_is_the_svm_on_the_features(inputs, tmp_path):
    given = inputs()
    with_kernel = on_kernel(given, tmp_path)
    changes = {"standardize": False, "confounds": ["age"]}
    one = fit_and_score(given, TRAINING, TARGET, settings(**changes), 0)
    two = fit_and_score(with_kernel, TRAINING, TARGET, settings("svm_voxel", **changes), 0)
    np.testing.assert_allclose(one.scores, two.scores, atol=1e-6)
    np.testing.assert_allclose(one.weights, two.weights, atol=1e-6)


@pytest.mark.parametrize("kind", ["svm_regional", "svm_voxel", "logistic_regional"])
def test_weights_and_intercept_give_the_scores_back(inputs, kind, tmp_path):
    given = inputs()
    known = on_kernel(given, tmp_path) if kind == "svm_voxel" else given
    found = fit_and_score(known, TRAINING, TARGET, settings(kind), 0)
    again = given.features @ found.weights + found.intercept
    again = 1 / (1 + np.exp(-again)) if found.kind == "probability" else again
    np.testing.assert_allclose(again, found.scores, atol=1e-6)
    assert fit_and_score(known, TRAINING, TARGET, settings(kind, confounds=["age"]), 0).intercept is None


def test_nothing_is_fitted_to_other_scans(inputs):
    first = RNG.bit_generator.state
    one = fit_and_score(inputs(), TRAINING, TARGET, settings(), 0)
    RNG.bit_generator.state = first
    two = fit_and_score(inputs(shift=50), TRAINING, np.where(np.arange(60) < 40, TARGET, 0), settings(), 0)
    np.testing.assert_allclose(one.scores[:40], two.scores[:40])


def test_adjustment_removes_the_effect_of_age(inputs):
    changes = {"standardize": False, "c_grid": [0.01]}
    given = inputs(age=3)
    plain = fit_and_score(given, TRAINING, TARGET, settings(**changes), 0)
    adjusted = fit_and_score(given, TRAINING, TARGET, settings(**changes, confounds=["age"]), 0)
    right = lambda found: (((found.scores > 0) == TARGET)[40:]).mean()  # noqa: E731
    assert right(adjusted) > right(plain) and right(adjusted) >= 0.8


def test_one_class_is_an_error(inputs):
    with pytest.raises(UserError, match="one class only"):
        fit_and_score(inputs(), np.arange(0, 40, 2), TARGET, settings(), 0)


def test_the_kernel_in_blocks_is_the_kernel(tmp_path):
    maps = RNG.normal(size=(7, 10, 10, 10)).astype(np.float32)
    np.save(tmp_path / "m.npy", maps)
    flat = maps.reshape(7, -1).astype(float)
    np.testing.assert_allclose(kernel_matrix(blocks(tmp_path / "m.npy", block_bytes=7 * 8 * 33)), flat @ flat.T)
    found = weighted_sum(tmp_path / "m.npy", np.array([1, 3]), np.array([2.0, -1]))
    np.testing.assert_allclose(found, 2 * flat[1] - flat[3])
