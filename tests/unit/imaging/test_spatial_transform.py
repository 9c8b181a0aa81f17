import numpy as np
import pytest

from adrepro.imaging.grids import Grid, study_grid
from adrepro.imaging.spatial_transform import Mapping
from adrepro.imaging.volumes import Volume, isotropic_grid, load, save
from adrepro.preprocessing.segment import modulate
from adrepro.simulation.anatomy import atrophy_velocity, integrate, random_velocity


def ball(shape, affine, radius):
    points = Grid(shape, affine).points()
    return Volume(1 / (1 + np.exp((np.sqrt((points**2).sum(axis=0)) - radius) / 2)).astype(np.float32), affine)


def test_modulation_keeps_millilitres():
    affine = np.diag([2.0, 2, 2, 1])
    affine[:3, 3] = -80
    grey = ball((80, 80, 80), affine, 40)
    matrix = np.diag([1.1, 0.9, 1.05, 1.0])
    grid = study_grid(4)
    shear = np.zeros((*grid.shape, 3), dtype=np.float32)
    shear[..., 0] = 6 * np.sin(grid.points()[1] / 25)
    shear[..., 2] = 5 * np.sin(grid.points()[2] / 30)
    modulated = modulate(grey, Mapping(matrix, Volume(shear, grid.affine)), grid)
    assert modulated.data.sum() * grid.voxel_ml == pytest.approx(grey.data.sum() * grey.grid.voxel_ml, rel=0.01)


def test_points_come_back():
    mapping = Mapping(np.array([[1.1, 0.1, 0, 5], [0, 0.9, 0, -3], [0, 0.2, 1, 1], [0, 0, 0, 1.0]]))
    points = np.random.default_rng(0).uniform(-50, 50, (3, 20))
    np.testing.assert_allclose(mapping.to_reference(mapping.to_scan(points)), points, atol=1e-3)


def test_the_planted_contraction_has_the_wanted_size():
    deformation = integrate(atrophy_velocity(0.3, 0.0))
    gradient = np.stack([np.stack(np.gradient(c, 4.0), -1) for c in deformation.displacement], -2)
    jacobian = np.linalg.det(np.eye(3) + gradient)
    assert jacobian.min() > 0
    assert 1.1 < jacobian.max() < np.exp(0.4)


def test_random_deformations_fold_nothing():
    deformation = integrate(random_velocity(np.random.default_rng(3), 3, 18))
    gradient = np.stack([np.stack(np.gradient(c, 4.0), -1) for c in deformation.displacement], -2)
    assert np.linalg.det(np.eye(3) + gradient).min() > 0


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
    centre = grid.affine @ [*((np.array(grid.shape) - 1) / 2), 1]
    np.testing.assert_allclose(centre, volume.affine @ [49.5, 59.5, 44.5, 1])
