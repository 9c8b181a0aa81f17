import numpy as np
import pytest

from adrepro.imaging.grids import apply_affine
from adrepro.imaging.volumes import Volume
from adrepro.preprocessing.registration.ants_images import to_ants


def test_world_coordinates_survive_the_way_to_ants():
    affine = np.array([[0, -2.0, 0, 10], [3.0, 0, 0, -20], [0, 0, 4.0, 5], [0, 0, 0, 1]])
    image = to_ants(Volume(np.zeros((5, 6, 7)), affine))
    assert image.spacing == pytest.approx((3, 2, 4))
    point = apply_affine(affine, np.array([1.0, 2, 3]))
    lps = image.origin + image.direction @ (np.array(image.spacing) * [1, 2, 3])
    np.testing.assert_allclose(lps * [-1, -1, 1], point, atol=1e-4)
