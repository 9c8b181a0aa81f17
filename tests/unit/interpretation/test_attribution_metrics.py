import numpy as np
import pytest

from adrepro.imaging.grids import study_grid
from adrepro.imaging.volumes import Volume
from adrepro.interpretation.attribution_metrics import VisibleRegion, check_rows, region_rows
from adrepro.simulation.ground_truth import atrophy_mask


def visible():
    brain = np.zeros((6, 6, 6), bool)
    brain[1:5, 1:5, 1:5] = True
    labels = np.zeros((6, 6, 6), int)
    labels[1:3, 1:5, 1:5], labels[3:5, 1:5, 1:5] = 1, 2
    return VisibleRegion(np.ones_like(brain), brain, labels, ["near", "far", "elsewhere"], labels == 1)


def test_regions_have_their_attribution_relative_to_the_brain():
    values = np.where(visible().labels == 1, 3.0, 1.0)
    rows = region_rows({"grad_cam": values}, visible())
    assert [(r["region"], r["ratio"]) for r in rows] == [("near", 1.5), ("far", 0.5)]


def test_the_checks_separate_a_map_of_the_ground_truth_from_noise():
    rng = np.random.default_rng(0)
    values, noise = np.where(visible().labels == 1, 3.0, 1.0) + rng.random((6, 6, 6)), rng.random((6, 6, 6))
    trained, random = check_rows({"grad_cam": values}, {"grad_cam": noise}, visible())
    assert trained["ground_truth_auc"] == 1 and abs(random["ground_truth_auc"] - 0.5) < 0.2
    assert trained["ground_truth_ratio"] > 1.3 > random["ground_truth_ratio"] and abs(trained["correlation"]) < 0.4


def test_a_map_that_is_the_same_with_random_weights_has_a_correlation_of_one():
    values = np.random.default_rng(0).random((6, 6, 6))
    assert check_rows({"m": values}, {"m": 2 * values}, visible())[0]["correlation"] == pytest.approx(1)


def test_empty_maps_give_no_numbers():
    empty = np.zeros((6, 6, 6))
    trained, _ = check_rows({"m": empty}, {"m": empty}, visible())
    assert np.isnan(trained["correlation"]) and np.isnan(trained["ground_truth_auc"])


def test_maps_of_all_images_are_scaled_to_the_same_strength():
    maps = np.random.default_rng(0).normal(size=(3, 6, 6, 6)) * np.array([1, 100, 0])[:, None, None, None]
    found = visible().normalize_strength(maps)
    np.testing.assert_allclose(np.abs(found).mean(axis=(1, 2, 3)), [1, 1, 0])


def test_the_visible_brain_is_that_of_the_mask_and_the_atlas_is_on_its_grid():
    mask = Volume(np.pad(np.ones((4, 4, 4)), 1), np.eye(4))
    voxels = np.zeros((6, 6, 6), bool)
    voxels[:3] = True
    fine = Volume(
        np.repeat(np.repeat(np.repeat(np.arange(6.0)[:, None, None], 6, 1), 6, 2), 2, 0), np.diag([0.5, 1, 1, 1])
    )
    found = VisibleRegion.of(voxels, mask, fine, ["a"], None)
    assert found.brain.sum() == 2 * 4 * 4 and found.labels.shape == (6, 6, 6) and found.labels.max() == 5


def test_the_ground_truth_contains_the_hippocampi():
    grid = study_grid(4)
    found = atrophy_mask(grid)
    x, y, z = grid.points()
    near = (np.abs(np.abs(x) - 26) < 6) & (np.abs(y + 20) < 8) & (np.abs(z + 14) < 6)
    assert found[near].mean() > 0.5 and found.mean() < 0.05
