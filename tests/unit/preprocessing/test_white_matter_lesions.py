import numpy as np
import pytest

from adrepro.imaging.grids import Grid
from adrepro.imaging.volumes import Volume
from adrepro.preprocessing.white_matter_lesions import lesion_fraction, sure_white_matter

GRID = Grid((30, 30, 30), np.eye(4))


@pytest.fixture
def priors():
    """Gray matter outside of x = 5 to 25, white matter inside."""
    gray = np.ones(GRID.shape, dtype=np.float32)
    gray[5:25] = 0.05
    return gray, sure_white_matter(Volume(1 - gray, GRID.affine)).data


def box(low, high, value=0.9):
    values = np.zeros(GRID.shape, dtype=np.float32)
    values[low:high, 10:14, 10:14] = value
    return values


def test_the_eroded_map_ends_a_voxel_earlier(priors):
    assert priors[1][5, 15, 15] < 0.1 and priors[1][6, 15, 15] > 0.9


def test_gray_matter_in_sure_white_matter_is_a_lesion(priors):
    dark = box(12, 16)
    np.testing.assert_array_equal(lesion_fraction(dark, *priors, GRID), dark)


def test_cortex_is_none_and_a_lesion_ends_at_it(priors):
    cortex = box(0, 5)
    assert lesion_fraction(cortex, *priors, GRID).sum() == 0
    found = lesion_fraction(box(0, 12), *priors, GRID)
    assert found[:5].sum() == 0 and found[5:12].sum() == pytest.approx(7 * 16 * 0.9)


def test_a_lesion_is_followed_for_some_millimeters_only(priors):
    gray, sure = priors
    sure = np.where(np.arange(30)[:, None, None] < 20, 0, sure)
    reached = np.nonzero(lesion_fraction(box(6, 25), gray, sure, GRID).sum(axis=(1, 2)))[0]
    assert reached.min() == 11  # 8 mm from sure white matter, which begins at 20, and the rim


def test_single_voxels_are_noise(priors):
    dark = np.zeros(GRID.shape, dtype=np.float32)
    dark[12, 12, 12] = 1
    assert lesion_fraction(dark, *priors, GRID).sum() == 0


def test_millimeters_count_in_thick_slices_too(priors):
    gray, sure = priors
    thick = Grid(GRID.shape, np.diag([1.0, 1, 5, 1]))
    sure = np.where(np.arange(30)[None, None, :] < 20, 0, sure)
    dark = np.zeros(GRID.shape, dtype=np.float32)
    dark[10:14, 10:14, 5:25] = 0.9
    reached = np.nonzero(lesion_fraction(dark, gray, sure, thick).sum(axis=(0, 1)))[0]
    assert reached.min() == 18  # one slice of 5 mm is within 8 mm of slice 20, and the rim
