import nibabel as nib
import numpy as np
import pytest

from adrepro.core.errors import UserError
from adrepro.imaging.grids import Grid
from adrepro.imaging.volumes import Volume, isotropic_grid, load, save


@pytest.mark.parametrize("dtype", [np.float32, np.uint16, np.uint8])
def test_written_maps_read_back(tmp_path, dtype):
    data = np.random.default_rng(0).uniform(0, 1, (5, 6, 7)).astype(np.float32)
    data[0, 0, 0] = 1
    save(tmp_path / "a.nii.gz", Volume(data, np.diag([-2.0, 2, 2, 1])), dtype)
    found = load(tmp_path / "a.nii.gz")
    np.testing.assert_allclose(found.data, data, atol={np.float32: 0, np.uint16: 1e-5, np.uint8: 2e-3}[dtype])
    assert [p.name for p in tmp_path.iterdir()] == ["a.nii.gz"]


def test_a_working_grid_covers_the_same_field_of_view():
    volume = Volume(np.zeros((100, 120, 90), dtype=np.float32), np.diag([-1.0, 1.2, 1, 1]))
    grid = isotropic_grid(volume.grid, 4)
    assert grid.shape == (25, 36, 22)
    center = grid.affine @ [*((np.array(grid.shape) - 1) / 2), 1]
    np.testing.assert_allclose(center, volume.affine @ [49.5, 59.5, 44.5, 1])


def test_the_affine_is_in_sform_and_qform_and_labels_stay_as_they_are(tmp_path):
    affine = np.array([[0, -2.0, 0, 9], [2.0, 0, 0, 8], [0, 0, 3, 7], [0, 0, 0, 1]])
    save(tmp_path / "a.nii.gz", Volume(np.arange(60).reshape(3, 4, 5), affine), np.int16)
    image = nib.load(tmp_path / "a.nii.gz")
    assert image.header["qform_code"] == image.header["sform_code"] == 2 and image.get_data_dtype() == np.int16
    np.testing.assert_allclose(image.get_qform(), affine, atol=1e-5)
    assert load(tmp_path / "a.nii.gz").data.max() == 59


def test_values_between_voxels_are_interpolated():
    volume = Volume(np.arange(8.0).reshape(2, 2, 2), np.diag([2.0, 2, 2, 1]))
    points = np.array([[1.0, 2], [1, 0], [1, 0]])
    np.testing.assert_allclose(volume.at(points), [3.5, 4])
    assert volume.at(np.array([[90.0], [0], [0]]), outside=-1).tolist() == [-1]
    assert volume.at(np.array([[1.2], [0.2], [0.2]]), order=0).tolist() == [4]


def test_a_coarser_grid_is_smoothed_first_and_a_finer_one_is_not():
    checks = np.indices((20, 20, 20)).sum(axis=0) % 2
    volume = Volume(checks.astype(np.float32), np.eye(4))
    assert volume.antialiased(1.0) is volume
    coarse = volume.on(Grid((5, 5, 5), np.diag([4.0, 4, 4, 1])))
    inside = coarse.data[1:-1, 1:-1, 1:-1]
    assert np.abs(inside - 0.5).max() < 0.05
    nearest = volume.on(Grid((5, 5, 5), np.diag([4.0, 4, 4, 1])), order=0)
    assert set(np.unique(nearest.data)) <= {0, 1}


def test_a_field_of_vectors_has_the_grid_of_its_points():
    field = Volume(np.zeros((4, 5, 6, 3)), np.diag([-2.0, 3, 4, 1]))
    assert field.grid.shape == (4, 5, 6) and field.voxel_mm.tolist() == [2, 3, 4]
    assert field.grid.voxel_ml == pytest.approx(0.024)
    assert field.like(np.ones((4, 5, 6))).affine is field.affine


@pytest.mark.parametrize("content", [b"", b"<html>404</html>", b"\x1f\x8bbroken"])
def test_a_damaged_file_is_named(tmp_path, content):
    (tmp_path / "a.nii.gz").write_bytes(content)
    with pytest.raises(UserError, match="a.nii.gz: cannot be read .*delete it and run again"):
        load(tmp_path / "a.nii.gz")
