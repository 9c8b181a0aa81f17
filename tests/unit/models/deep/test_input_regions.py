import numpy as np
import pytest

from adrepro.imaging.grids import study_grid
from adrepro.models.deep.input_regions import aggregation_weights, hold_out_regions, input_regions, mean_of_held_out


def test_slices_are_the_papers():
    boxes = input_regions("cnn_slice", study_grid(1))
    assert len(boxes) == 129 and boxes[0][0] == slice(20, 21) and boxes[-1][0] == slice(148, 149)
    assert len(input_regions("cnn_slice", study_grid(4), 2)) == 16


@pytest.mark.parametrize(("kind", "count"), [("cnn_whole", 1), ("cnn_roi", 2), ("cnn_patch", 36), ("cnn_slice", 32)])
def test_regions_of_an_approach_have_one_size_within_the_grid(kind, count):
    grid = study_grid(4)
    boxes = input_regions(kind, grid)
    assert len(boxes) == count
    assert len({np.empty(grid.shape)[box].shape for box in boxes}) == 1


def test_aggregation_weights():
    target = np.array([0, 0, 1, 1])
    probability = np.array([[0.1, 0.9], [0.2, 0.1], [0.9, 0.2], [0.8, 0.1]])
    np.testing.assert_allclose(aggregation_weights(probability, target, "accuracy", 0), [0.8, 0.2])
    np.testing.assert_allclose(aggregation_weights(probability, target, "accuracy", 0.7), [1, 0])
    np.testing.assert_allclose(aggregation_weights(probability, target, "accuracy", 1.1), [0.5, 0.5])
    np.testing.assert_allclose(aggregation_weights(probability[:, :1], target, "accuracy", 0), [1])


def test_a_leaky_split_has_regions_of_every_image_in_both_parts():
    held = hold_out_regions(5, 16, 0.15, seed=1).reshape(5, 16)
    assert held.sum(axis=1).tolist() == [2] * 5
    probability = np.where(held, 0.9, 0.1)
    np.testing.assert_allclose(mean_of_held_out(probability, held), 0.9)
    assert hold_out_regions(3, 4, 0.01, seed=1).reshape(3, 4).sum(axis=1).tolist() == [1] * 3


def test_equal_and_balanced_accuracy_weights():
    target = np.array([0, 0, 0, 1])
    probability = np.array([[0.1, 0.1], [0.2, 0.1], [0.3, 0.9], [0.2, 0.9]])
    np.testing.assert_allclose(aggregation_weights(probability, target, "equal", 0.9), [0.5, 0.5])
    balanced = np.array([0.5, (2 / 3 + 1) / 2])
    found = aggregation_weights(probability, target, "balanced_accuracy", 0)
    np.testing.assert_allclose(found, balanced / balanced.sum())
