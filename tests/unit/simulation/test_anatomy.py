import numpy as np

from adrepro.simulation.anatomy import TISSUES, make_head, region_maps


def test_the_head_has_all_tissues_and_its_regions_names():
    head = make_head()
    assert set(np.unique(head.tissue.data)) == set(range(len(TISSUES) + 1))
    assert head.parcels.data.max() == len(head.parcel_names)
    assert 5 < head.ventricles.data.sum() / 1000 < 60  # ml


def test_regions_are_fractions_on_the_grid_of_velocities():
    grid, temporal, ventricles = region_maps()
    assert temporal.shape == ventricles.shape == grid.shape
    for region in (temporal, ventricles):
        assert region.min() >= 0 and 0.9 < region.max() < 1.01
