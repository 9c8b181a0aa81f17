"""Visits of one person and of another, made from the template at 4 mm."""

import numpy as np
import pytest
from scipy.spatial.transform import Rotation

from adrepro.imaging.volumes import Volume
from adrepro.preprocessing.longitudinal.halfway_space import TISSUES, Visit


def pose(degrees, shift):
    """Return a rigid transform (4, 4)."""
    matrix = np.eye(4)
    matrix[:3, :3] = Rotation.from_euler("xyz", degrees, degrees=True).as_matrix()
    matrix[:3, 3] = shift
    return matrix


@pytest.fixture(scope="session")
def visit(maps):
    """A function that returns the brain of the template as a visit, in some pose and moved by a field in mm."""

    def make(name, matrix, field=None):
        points = maps["GM"].grid.points() + (0 if field is None else field)
        tissues = {t: Volume(maps[t].at(points).astype(np.float32), matrix @ maps[t].affine) for t in TISSUES}
        return Visit(name, tissues, matrix)

    return make


@pytest.fixture(scope="session")
def poses():
    """Poses of three visits."""
    return [pose((0, 0, 0), (0, 0, 0)), pose((8, -5, 12), (6, -9, 4)), pose((-6, 3, 0), (-2, 5, 8))]


@pytest.fixture(scope="session")
def stranger(maps):
    """Field of another anatomy."""
    x, y, z = maps["GM"].grid.points()
    return np.stack([9 * np.sin(y / 9), 9 * np.sin(z / 9), 9 * np.sin(x / 9)]).astype(np.float32)
