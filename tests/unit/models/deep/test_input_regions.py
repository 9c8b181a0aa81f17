import numpy as np

from adrepro.models.deep.input_regions import held_out_parts, vote_by_held_out, vote_weights


def test_votes():
    target = np.array([0, 0, 1, 1])
    probability = np.array([[0.1, 0.9], [0.2, 0.1], [0.9, 0.2], [0.8, 0.1]])
    np.testing.assert_allclose(vote_weights(probability, target, "accuracy", 0), [0.8, 0.2])
    np.testing.assert_allclose(vote_weights(probability, target, "accuracy", 0.7), [1, 0])
    np.testing.assert_allclose(vote_weights(probability, target, "accuracy", 1.1), [0.5, 0.5])
    np.testing.assert_allclose(vote_weights(probability[:, :1], target, "accuracy", 0), [1])


def test_a_wrong_split_has_parts_of_every_image_on_both_sides():
    held = held_out_parts(5, 16, 0.15, seed=1).reshape(5, 16)
    assert held.sum(axis=1).tolist() == [2] * 5
    probability = np.where(held, 0.9, 0.1)
    np.testing.assert_allclose(vote_by_held_out(probability, held), 0.9)
    assert held_out_parts(3, 4, 0.01, seed=1).reshape(3, 4).sum(axis=1).tolist() == [1] * 3
