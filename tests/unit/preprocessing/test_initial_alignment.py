import numpy as np
import pytest
from scipy.spatial.transform import Rotation

from adrepro.imaging.grids import apply_affine, study_grid
from adrepro.imaging.volumes import Volume
from adrepro.preprocessing.initial_alignment import (
    background_level,
    correlation,
    find_affine,
    find_head,
    initial_translation,
)
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


def test_a_background_that_is_not_zero_is_taken_off():
    rng = np.random.default_rng(0)
    data = np.hypot(rng.normal(0, 8, (40, 40, 40)), rng.normal(0, 8, (40, 40, 40))) + 100
    data[10:30, 10:30, 10:30] += 90
    noisy = Volume(data.astype(np.float32), np.diag([5.0, 5, 5, 1]))
    level = background_level(noisy, stripped=False)
    assert 100 <= level < 112
    head = find_head(noisy.like(np.maximum(noisy.data - level, 0)))
    assert head[12:28, 12:28, 12:28].all() and head.sum() < 1.2 * 20**3
    stripped = Volume(np.where(head, 300.0, -5.0), noisy.affine)
    assert background_level(stripped, stripped=True) == -5


def test_the_head_is_one_part_without_holes():
    data = np.zeros((40, 40, 40), dtype=np.float32)
    data[10:30, 10:30, 10:30] = 100
    data[18:22, 18:22, 18:22] = 0
    data[2, 2, 2] = 100
    head = find_head(Volume(data, np.diag([5.0, 5, 5, 1])))
    assert head[20, 20, 20] and not head[2, 2, 2]
