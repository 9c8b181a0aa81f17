import numpy as np
import pytest
from scipy.spatial.transform import Rotation

from adrepro.imaging.volumes import Volume
from adrepro.preprocessing import brain_network
from adrepro.preprocessing.brain_network import from_deepbet, from_deepbet_straightened, turn_degrees
from adrepro.preprocessing.qc_metrics import dice


def test_the_network_finds_the_brain_whatever_the_axes_of_the_scan(maps):
    """The brain of the template without a head, axes permuted and flipped."""
    image, brain = maps["T1w"], maps["mask"].data > 0.5
    order = np.zeros((4, 4))
    order[[0, 1, 2, 3], [1, 2, 0, 3]] = 1
    order[0, 3] = 0
    flipped = Volume(np.ascontiguousarray(np.moveaxis(image.data, [0, 1, 2], [2, 0, 1])), image.affine @ order)
    found = from_deepbet(flipped)
    assert found is not None and found.shape == flipped.data.shape
    assert dice(np.moveaxis(found, [2, 0, 1], [0, 1, 2]), brain) > 0.9


def test_an_empty_scan_has_no_brain(maps):
    assert from_deepbet(maps["T1w"].like(np.zeros_like(maps["T1w"].data))) is None


def turned(degrees):
    matrix = np.diag([1.1, 0.9, 1.0, 1.0])
    matrix[:3, :3] = Rotation.from_euler("x", degrees, degrees=True).as_matrix() @ matrix[:3, :3]
    matrix[:3, 3] = (10, 20, 30)
    return matrix


@pytest.mark.parametrize("degrees", [0, 15, 50])
def test_the_turn_of_an_affine_is_that_of_its_rotation(degrees):
    assert turn_degrees(turned(degrees)) == pytest.approx(degrees, abs=1.5)


def test_a_turned_head_reaches_the_network_along_the_axes_of_the_template(maps, monkeypatch):
    matrix, brain = turned(40), maps["mask"]
    scan = Volume(maps["T1w"].data, matrix @ maps["T1w"].affine)
    monkeypatch.setattr(brain_network, "from_deepbet", lambda straight: straight.data > 0.1)
    found = from_deepbet_straightened(scan, matrix)
    assert dice(found, brain.data > 0.5) > 0.9
