import numpy as np
import pytest
from scipy.spatial.transform import Rotation

from adrepro.imaging.grids import apply_affine
from adrepro.preprocessing.longitudinal.halfway_space import from_halfway, mean_affine, nearest_rigid


def rigid(degrees, shift):
    matrix = np.eye(4)
    matrix[:3, :3] = Rotation.from_euler("xyz", degrees, degrees=True).as_matrix()
    matrix[:3, 3] = shift
    return matrix


def test_no_visit_is_the_reference():
    between = [np.eye(4), rigid((10, -5, 20), (3, 2, -8)), rigid((-4, 0, 6), (-1, 7, 2))]
    transforms = from_halfway(between)
    assert mean_affine(transforms) == pytest.approx(np.eye(4), abs=0.01)
    for one, other in zip(between, transforms, strict=True):
        assert other @ np.linalg.inv(transforms[0]) == pytest.approx(one, abs=1e-6)
    swapped = from_halfway([between[n] @ np.linalg.inv(between[1]) for n in (1, 0, 2)])
    assert swapped[1] == pytest.approx(transforms[0], abs=0.05)


def test_of_two_visits_each_is_turned_by_half():
    transforms = from_halfway([np.eye(4), rigid((0, 0, 30), (0, 0, 0))])
    for matrix, degrees in zip(transforms, (-15, 15), strict=True):
        assert matrix == pytest.approx(rigid((0, 0, degrees), (0, 0, 0)), abs=1e-6)


def test_the_nearest_rigid_transform_has_no_scale_and_keeps_a_point():
    affine = rigid((5, 10, -20), (4, -3, 60)) @ np.diag([1.1, 0.9, 1.05, 1])
    center = np.array([[1.0], [2], [3]])
    found = nearest_rigid(affine, center)
    assert found[:3, :3] @ found[:3, :3].T == pytest.approx(np.eye(3), abs=1e-9)
    assert np.linalg.det(found[:3, :3]) == pytest.approx(1)
    assert apply_affine(found, center) == pytest.approx(apply_affine(affine, center))


def test_poses_that_are_all_turned_far_have_their_mean():
    turned = [rigid((0, 0, degrees), (1, 2, 3)) for degrees in (178, 182)]
    assert mean_affine(turned) == pytest.approx(rigid((0, 0, 180), (1, 2, 3)), abs=1e-6)
