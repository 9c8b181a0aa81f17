import numpy as np
import pandas as pd
import pytest

from adrepro.core.errors import UserError
from adrepro.features.linear_kernel import blocks, gram_matrix, weighted_sum
from adrepro.models.classical.estimators import choose_c, fit, inner_folds
from adrepro.models.classical.pipeline import Inputs, learn

RNG = np.random.default_rng(0)
TARGET = np.arange(60) % 2
TRAINING = np.arange(40)
SETTINGS = {
    "adjust": [], "harmonise": None, "keep": [], "standardise": True, "unit_length": True, "divide_by_tiv": False,
    "c_grid": [0.1, 1, 10], "inner_folds": 4, "trees": 50,
}  # fmt: skip


@pytest.fixture
def inputs(tmp_path):
    """A function that makes inputs; maps lie in a file."""
    return lambda *words, **more: make_inputs(tmp_path, *words, **more)


def make_inputs(folder, kind="svm_regional", shift=0.0, age=0.0):
    values = RNG.normal(size=(60, 8))
    values[:, 2] += 3 * TARGET
    ages = 60 + RNG.uniform(0, 20, 60)
    values += age * ages[:, None]
    values[40:] += shift
    covariates = pd.DataFrame({"age": [f"{a:.1f}" for a in ages], "tiv_ml": "1400"})
    people = np.array([f"sub-{i}" for i in range(60)])
    if kind == "svm_voxel":
        return on_products(Inputs(values, None, covariates, people), folder)
    return Inputs(values, None, covariates, people)


def on_products(given, folder):
    """The same inputs as inner products of maps."""
    np.save(folder / "maps.npy", given.features.reshape(60, 2, 2, 2))
    products = given.features @ given.features.T
    return Inputs(None, products, given.covariates, given.people, [], folder / "maps.npy", np.arange(60))


@pytest.mark.parametrize("kind", ["svm_regional", "svm_voxel", "logistic_regional", "forest_regional"])
def test_every_machine_finds_a_planted_difference_and_its_place(inputs, kind):
    found = learn(inputs(kind), TRAINING, TARGET, {**SETTINGS, "kind": kind}, 0)
    right = (found.scores > found.threshold) == TARGET
    assert right[40:].mean() >= 0.8
    assert np.argmax(np.abs(found.weights)) == 2


def test_an_svm_on_products_is_the_svm_on_the_features(inputs, tmp_path):
    given = inputs()
    products = on_products(given, tmp_path)
    settings = {**SETTINGS, "standardise": False, "adjust": ["age"]}
    one = learn(given, TRAINING, TARGET, {**settings, "kind": "svm_regional"}, 0)
    two = learn(products, TRAINING, TARGET, {**settings, "kind": "svm_voxel"}, 0)
    np.testing.assert_allclose(one.scores, two.scores, atol=1e-6)
    np.testing.assert_allclose(one.weights, two.weights, atol=1e-6)


@pytest.mark.parametrize("kind", ["svm_regional", "svm_voxel", "logistic_regional"])
def test_weights_and_intercept_give_the_scores_back(inputs, kind, tmp_path):
    given = inputs()
    known = on_products(given, tmp_path) if kind == "svm_voxel" else given
    found = learn(known, TRAINING, TARGET, {**SETTINGS, "kind": kind}, 0)
    again = given.features @ found.weights + found.intercept
    again = 1 / (1 + np.exp(-again)) if found.kind == "probability" else again
    np.testing.assert_allclose(again, found.scores, atol=1e-6)
    assert learn(known, TRAINING, TARGET, {**SETTINGS, "kind": kind, "adjust": ["age"]}, 0).intercept is None


def test_nothing_is_learnt_from_the_others(inputs):
    first = RNG.bit_generator.state
    one = learn(inputs(), TRAINING, TARGET, {**SETTINGS, "kind": "svm_regional"}, 0)
    RNG.bit_generator.state = first
    two = learn(
        inputs(shift=50), TRAINING, np.where(np.arange(60) < 40, TARGET, 0), {**SETTINGS, "kind": "svm_regional"}, 0
    )
    np.testing.assert_allclose(one.scores[:40], two.scores[:40])


def test_adjustment_removes_what_age_hides(inputs):
    settings = {**SETTINGS, "kind": "svm_regional", "standardise": False, "c_grid": [0.01]}
    given = inputs(age=3)
    plain = learn(given, TRAINING, TARGET, settings, 0)
    adjusted = learn(given, TRAINING, TARGET, {**settings, "adjust": ["age"]}, 0)
    right = lambda found: (((found.scores > 0) == TARGET)[40:]).mean()  # noqa: E731
    assert right(adjusted) > right(plain) and right(adjusted) >= 0.8


def test_one_class_is_told(inputs):
    with pytest.raises(UserError, match="one class only"):
        learn(inputs(), np.arange(0, 40, 2), TARGET, {**SETTINGS, "kind": "svm_regional"}, 0)


def test_products_in_blocks_are_the_products(tmp_path):
    maps = RNG.normal(size=(7, 10, 10, 10)).astype(np.float32)
    np.save(tmp_path / "m.npy", maps)
    flat = maps.reshape(7, -1).astype(float)
    np.testing.assert_allclose(gram_matrix(blocks(tmp_path / "m.npy", block_bytes=7 * 8 * 33)), flat @ flat.T)
    found = weighted_sum(tmp_path / "m.npy", np.array([1, 3]), np.array([2.0, -1]))
    np.testing.assert_allclose(found, 2 * flat[1] - flat[3])


def test_c_is_the_geometric_mean_of_the_inner_winners():
    target = np.arange(40) % 2
    values = RNG.normal(target[:, None], 1, (40, 3))
    c, folds = choose_c("svm", values @ values.T, target, np.arange(40), [0.01, 1, 100], 5, seed=0)
    assert folds == 5 and 0.01 <= c <= 100


def test_visits_of_one_person_do_not_make_two():
    target, people = np.array([0, 0, 0, 1, 1, 1]), np.array(list("aabccc"))
    assert inner_folds(target, people, 5, seed=0) == []  # one person in class 1
    assert choose_c("svm", np.eye(6), target, people, [0.1], 5, seed=0) == (1.0, 0)


def test_inner_folds_part_people():
    people = np.array(list("aabbccddeeff"))
    for train, test in inner_folds(np.array([0, 0] * 3 + [1, 1] * 3), people, 3, seed=0):
        assert not set(people[train]) & set(people[test])


def test_scores_rise_with_the_positive_class():
    target = np.array([0, 0, 1, 1])
    values = np.array([[-1.0], [-2], [1], [2]])
    assert fit("svm", values @ values.T, target, 1).decision_function(np.array([[3.0]]) @ values.T)[0] > 0
