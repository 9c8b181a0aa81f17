import numpy as np

from adrepro.config.settings.images import SegmentationSettings
from adrepro.imaging.grids import Grid
from adrepro.preprocessing.brain_voxels import BrainVoxels


def test_values_return_to_the_voxels_of_the_mask():
    inside = np.zeros((8, 9, 10), dtype=bool)
    inside[2:6, 3:7, 4:8] = True
    count = int(inside.sum())
    grid = Grid(inside.shape, np.diag([2.0, 2, 2, 1]))
    maps = np.tile(np.array([[0.2], [0.5], [0.3]], dtype=np.float32), count)
    brain = BrainVoxels(inside, grid, np.ones(count), maps, np.zeros(count), SegmentationSettings())
    volume = brain.to_volume(np.arange(count))
    np.testing.assert_array_equal(volume[inside], np.arange(count))
    assert volume[~inside].max() == 0
    np.testing.assert_allclose(brain.prior.sum(axis=0), 1, rtol=1e-6)
