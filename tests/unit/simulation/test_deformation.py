import numpy as np
import pytest

from adrepro.imaging.volumes import Volume
from adrepro.simulation.anatomy import region_maps
from adrepro.simulation.deformation import atrophy_velocity, integrate, random_velocity, regional_truth, sample_together


def test_the_simulated_contraction_has_the_wanted_size():
    deformation = integrate(atrophy_velocity(0.3, 0.0))
    gradient = np.stack([np.stack(np.gradient(c, 4.0), -1) for c in deformation.displacement], -2)
    jacobian = np.linalg.det(np.eye(3) + gradient)
    assert jacobian.min() > 0
    assert 1.1 < jacobian.max() < np.exp(0.4)


def test_random_deformations_fold_nothing():
    deformation = integrate(random_velocity(np.random.default_rng(3), 3, 18))
    gradient = np.stack([np.stack(np.gradient(c, 4.0), -1) for c in deformation.displacement], -2)
    assert np.linalg.det(np.eye(3) + gradient).min() > 0


def test_random_velocities_have_the_wanted_standard_deviation():
    velocity = random_velocity(np.random.default_rng(1), 1.5, 24)
    assert velocity.shape == (3, *region_maps()[0].shape) and velocity.std() == pytest.approx(1.5, rel=1e-5)


def test_several_volumes_are_sampled_as_each_of_them():
    draw = np.random.default_rng(0)
    data = draw.uniform(size=(2, 6, 7, 8)).astype(np.float32)
    affine = np.diag([2.0, 3, 4, 1])
    points = draw.uniform(1, 9, (3, 4, 5, 3)).astype(np.float32)
    found = sample_together(data, affine, points)
    for one, values in zip(data, found, strict=True):
        np.testing.assert_allclose(values, Volume(one, affine).at(points), atol=1e-5)


def test_true_volumes_follow_the_atrophy_and_the_size_of_the_head():
    still, scale = integrate(np.zeros_like(atrophy_velocity(0, 0))), np.ones(3)
    atrophy = integrate(atrophy_velocity(0.4, 0.6))
    healthy, diseased = regional_truth(still, scale), regional_truth(atrophy, scale)
    temporal = [name for name in healthy if name.startswith("hippocampus")]
    assert temporal and all(diseased[name] < 0.85 * healthy[name] for name in temporal)
    assert diseased["ventricles"] > 1.2 * healthy["ventricles"]
    larger = regional_truth(still, np.full(3, 1.1))
    assert larger["WM"] == pytest.approx(1.1**3 * healthy["WM"])
