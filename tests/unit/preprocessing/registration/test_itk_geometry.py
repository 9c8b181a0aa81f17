import nibabel as nib
import numpy as np
import pytest

from adrepro.core.errors import UserError
from adrepro.imaging.grids import apply_affine
from adrepro.imaging.volumes import Volume
from adrepro.preprocessing.registration.itk_geometry import LPS, affine_matrix, move_header, read_warp

TURN = np.array([[0.9, -0.2, 0], [0.2, 0.9, 0.1], [0, -0.1, 1.1]])


def test_an_affine_of_itk_turns_about_its_center():
    translation, center, point = np.array([3.0, -4, 5]), np.array([10.0, 20, 30]), np.array([7.0, 8, 9])
    in_itk = TURN @ (LPS[:3, :3] @ point - center) + center + translation
    found = affine_matrix([*TURN.ravel(), *translation], center)
    np.testing.assert_allclose(apply_affine(found, point), LPS[:3, :3] @ in_itk)


def test_a_warp_changes_from_lps_to_ras(tmp_path):
    field = np.random.default_rng(0).normal(size=(4, 5, 6, 1, 3)).astype(np.float32)
    nib.save(nib.Nifti1Image(field, np.diag([2.0, 2, 2, 1])), tmp_path / "warp.nii.gz")
    np.testing.assert_array_equal(read_warp(str(tmp_path / "warp.nii.gz")).data, field[..., 0, :] * [-1, -1, 1])
    field[0, 0, 0] = np.nan
    nib.save(nib.Nifti1Image(field, np.eye(4)), tmp_path / "warp.nii.gz")
    with pytest.raises(UserError, match="not finite"):
        read_warp(str(tmp_path / "warp.nii.gz"))


@pytest.mark.parametrize("shear", [0, 0.1])
def test_a_moved_header_keeps_the_anatomy_in_its_place(shear):
    grid = Volume(np.zeros((24, 24, 24)), np.diag([2.0, 2, 2, 1])).grid
    moving = Volume(np.exp(-((grid.points() - 24) ** 2).sum(axis=0) / 128), grid.affine)
    start = np.array([[1, shear, 0, 4], [0, 1, 0, -3], [0, 0, 1, 2], [0, 0, 0, 1]])
    found = move_header(moving, start)
    assert (found.data is moving.data) == (shear == 0)
    brightest = found.grid.points().reshape(3, -1)[:, found.data.argmax()]
    assert np.abs(apply_affine(start, brightest) - 24).max() <= 2
