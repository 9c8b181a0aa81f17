import numpy as np

from adrepro.imaging.grids import hippocampus_boxes, study_grid
from adrepro.imaging.volumes import load
from adrepro.simulation.ground_truth import atrophy_mask, ground_truth


def test_the_mask_is_on_the_study_grid(tmp_path):
    ground_truth(tmp_path / "truth.nii.gz", 4)
    found, grid = load(tmp_path / "truth.nii.gz"), study_grid(4)
    assert found.data.shape == grid.shape and set(np.unique(found.data)) == {0, 1}
    np.testing.assert_allclose(found.affine, grid.affine)
    np.testing.assert_array_equal(found.data > 0, atrophy_mask(grid))


def test_the_region_is_on_both_sides_and_a_small_part_of_the_brain():
    grid = study_grid(4)
    region = atrophy_mask(grid)
    assert 20 < region.sum() * grid.voxel_ml < 200  # ml
    assert all(region[box].any() for box in hippocampus_boxes(grid))
