import numpy as np
import pytest
from scipy.spatial.transform import Rotation

from adrepro.imaging.grids import apply_affine, study_grid
from adrepro.imaging.volumes import Volume
from adrepro.preprocessing.initial_alignment import correlation, find_affine, initial_translation
from adrepro.preprocessing.reference.template_sources import load_template


@pytest.fixture(scope="module")
def template():
    return {name: load_template()[name].on(study_grid(4)) for name in ("T1w", "mask")}


@pytest.mark.parametrize("angles", [(0, 0, 0), (50, 0, 0), (-40, 25, 35)])
def test_a_turned_brain_far_from_the_origin_is_found(template, angles):
    move = np.eye(4)
    move[:3, :3] = Rotation.from_euler("xyz", angles, degrees=True).as_matrix() * 1.05
    move[:3, 3] = (90, -140, 60)
    moved = Volume(template["T1w"].data, move @ template["T1w"].affine)
    start = initial_translation(moved, moved.data > 0.1, apply_affine(template["T1w"].affine, center_of(template)))
    found = find_affine(template, moved, start, seed=1)
    assert correlation(template, moved, found) > 0.98
    points = template["mask"].grid.points()[:, template["mask"].data > 0.5]
    assert np.abs(apply_affine(found, points) - apply_affine(move, points)).max() < 4


def center_of(template):
    return np.argwhere(template["mask"].data > 0.5).mean(axis=0)
