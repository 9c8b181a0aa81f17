import numpy as np
import pytest

from adrepro.preprocessing.neighborhood import LocalMean, neighbor_mean


def test_the_mean_of_neighbors_counts_near_ones_more():
    share = np.zeros((3, 3, 3), dtype=np.float32)
    share[1, 1, 0] = 1
    assert neighbor_mean(share, np.array([1.0, 1, 3]))[1, 1, 1] == pytest.approx(1 / 14)
    assert neighbor_mean(np.ones((5, 5, 5), dtype=np.float32), np.array([1.0, 1, 3]))[2, 2, 2] == pytest.approx(1)


def test_local_means_follow_the_place_and_fall_back_where_nothing_is_known():
    inside = np.ones((40, 20, 20), dtype=bool)
    x = np.where(np.arange(40) < 20, 1.0, 2.0)[:, None, None] * np.ones(inside.shape)
    weights = np.ones(inside.sum(), dtype=np.float32)
    weights[: weights.size // 4] = 0
    found = LocalMean(inside, np.array([2.0, 2, 2]), 8)(weights, x[inside].astype(np.float32), 5.0).reshape(40, 20, 20)
    assert found[14, 10, 10] == pytest.approx(1, abs=0.2)
    assert found[36, 10, 10] == pytest.approx(2, abs=0.1)
    assert LocalMean(inside, np.array([2.0, 2, 2]), 8)(0 * weights, x[inside], 5.0).mean() == pytest.approx(5)
