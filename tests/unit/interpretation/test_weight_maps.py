import numpy as np

from adrepro.interpretation.weight_maps import on_regions


def test_weights_stand_at_their_regions_and_nowhere_else():
    labels = np.array([0, 1, 2, 3, 1])
    found = on_regions(np.array([5.0, -1, 9]), labels, ["a", "b", "c"], ["a", "c", "unassigned"])
    assert found.tolist() == [0, 5, 0, -1, 5]
