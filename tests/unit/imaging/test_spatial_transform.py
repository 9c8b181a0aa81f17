import numpy as np
import pytest

from adrepro.core.files import read_json
from adrepro.imaging.grids import Grid, study_grid
from adrepro.imaging.spatial_transform import SpatialTransform, load_transform, save_affine, save_warps
from adrepro.imaging.volumes import Volume, load
from adrepro.preprocessing.normalize import modulate


def ball(shape, affine, radius):
    points = Grid(shape, affine).points()
    return Volume(1 / (1 + np.exp((np.sqrt((points**2).sum(axis=0)) - radius) / 2)).astype(np.float32), affine)


def test_modulation_keeps_millilitres():
    affine = np.diag([2.0, 2, 2, 1])
    affine[:3, 3] = -80
    gray = ball((80, 80, 80), affine, 40)
    matrix = np.diag([1.1, 0.9, 1.05, 1.0])
    grid = study_grid(4)
    shear = np.zeros((*grid.shape, 3), dtype=np.float32)
    shear[..., 0] = 6 * np.sin(grid.points()[1] / 25)
    shear[..., 2] = 5 * np.sin(grid.points()[2] / 30)
    transform = SpatialTransform(matrix, Volume(shear, grid.affine))
    modulated = modulate(gray, transform, grid, transform.jacobian(grid))
    assert modulated.data.sum() * grid.voxel_ml == pytest.approx(gray.data.sum() * gray.grid.voxel_ml, rel=0.01)


def test_points_come_back():
    transform = SpatialTransform(np.array([[1.1, 0.1, 0, 5], [0, 0.9, 0, -3], [0, 0.2, 1, 1], [0, 0, 0, 1.0]]))
    points = np.random.default_rng(0).uniform(-50, 50, (3, 20))
    np.testing.assert_allclose(transform.to_template(transform.to_native(points)), points, atol=1e-3)


MATRIX = np.array([[1.1, 0.1, 0, 5], [0, 0.9, 0, -3], [0, 0.2, 1, 1], [0, 0, 0, 1.0]])


def smooth_warp():
    """A displacement of some millimeters on a grid around the origin, and its grid."""
    affine = np.diag([4.0, 4, 4, 1])
    affine[:3, 3] = -80
    grid = Grid((41, 41, 41), affine)
    x, y, z = grid.points()
    return Volume(np.stack([4 * np.sin(y / 30), 0 * x, 3 * np.cos(z / 40)], axis=-1).astype(np.float32), affine)


def test_a_transform_is_read_back_with_its_notes(tmp_path):
    warp = smooth_warp()
    transform = SpatialTransform(MATRIX, warp, Volume(-warp.data, warp.affine))
    paths = [tmp_path / name for name in ("affine.json", "warp.nii.gz", "inverse.nii.gz")]
    save_affine(paths[0], MATRIX, correlation=0.5)
    save_warps(transform, *paths[1:])
    assert read_json(paths[0])["correlation"] == 0.5
    found = load_transform(*paths)
    np.testing.assert_allclose(found.affine, MATRIX)
    np.testing.assert_allclose(found.inverse_warp.data, -warp.data)
    assert load(paths[1]).data.shape == (41, 41, 41, 3)
    alone = load_transform(paths[0])
    assert alone.warp is None and alone.inverse_warp is None


def test_the_jacobian_is_that_of_the_affine_times_that_of_the_warp():
    points = np.random.default_rng(0).uniform(-40, 40, (3, 20)).astype(np.float32)
    scale = abs(np.linalg.det(MATRIX[:3, :3]))
    np.testing.assert_allclose(SpatialTransform(MATRIX).jacobian_at(points), scale, rtol=1e-5)
    found = SpatialTransform(MATRIX, smooth_warp()).jacobian_at(points)
    # Of the displacement only the change of z along z changes volumes.
    np.testing.assert_allclose(found, scale * (1 - 3 / 40 * np.sin(points[2] / 40)), rtol=0.01)
    grid = Grid((3, 4, 5), np.diag([4.0, 4, 4, 1]))
    assert SpatialTransform(MATRIX, smooth_warp()).jacobian(grid).shape == (3, 4, 5)


def test_a_smooth_map_of_the_template_is_resampled_to_the_scan():
    affine = np.diag([4.0, 4, 4, 1])
    affine[:3, 3] = -80
    points = Grid((41, 41, 41), affine).points()
    template = Volume(np.exp(-(points**2).sum(axis=0) / 40**2), affine)
    transform = SpatialTransform(MATRIX)
    grid = Grid((30, 30, 30), np.array([[3.0, 0, 0, -45], [0, 3, 0, -45], [0, 0, 3, -45], [0, 0, 0, 1]]))
    (found,) = transform.resample([template], grid, 4)
    assert found.data.shape == grid.shape
    inside = (slice(2, -2),) * 3  # of the sampled points, which end within the outermost voxels
    exact = template.at(transform.to_template(grid.points()))
    np.testing.assert_allclose(found.data[inside], exact[inside], atol=0.02)
