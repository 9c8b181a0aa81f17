"""Cerebellum and ventricles of the template at 2 mm."""

import numpy as np
import pytest

from adrepro.imaging.grids import study_grid
from adrepro.preprocessing.reference.template_sources import load_template
from adrepro.preprocessing.reference.template_structures import separate_cerebellum, ventricles

STEM = 2


@pytest.fixture(scope="module")
def coarse():
    return {name: volume.on(study_grid(2)) for name, volume in load_template().items()}


def test_the_cerebellum_is_below_and_behind_the_cerebrum(coarse):
    x, y, z = coarse["T1w"].grid.points()
    tissue = coarse["GM"].data + coarse["WM"].data > 0.5
    labels = np.where(tissue & (z > 10), 1, 0) + np.where(tissue & (np.hypot(x, y + 28) < 8) & (z < -25), STEM, 0)
    points = coarse["T1w"].grid.points()[:, separate_cerebellum(labels, coarse, STEM)]
    assert points[1].mean() < -50 and points[2].max() < 10 and abs(points[0].mean()) < 3


def test_ventricles_are_fluid_and_the_third_lies_between_the_lateral_ones(coarse):
    lateral, third = ventricles(coarse)
    x = coarse["mask"].grid.points()[0]
    voxel_ml = coarse["mask"].grid.voxel_ml
    assert not (lateral & third).any()
    assert 10 < lateral.sum() * voxel_ml < 40 and 0.2 < third.sum() * voxel_ml < 4
    assert (lateral & (x < 0)).sum() == pytest.approx((lateral & (x > 0)).sum(), rel=0.05)
    assert np.abs(x[third]).max() < 6
    image = coarse["T1w"].data
    assert image[lateral | third].max() < np.percentile(image[coarse["GM"].data > 0.9], 1)
    y, z = coarse["mask"].grid.points()[1:]
    behind_the_midbrain = (np.abs(x) < 8) & (y < -36) & (z < 8)  # cisterns
    assert not (lateral & ((np.abs(x) < 2) | behind_the_midbrain)).any()
