import numpy as np
import pytest

from adrepro.imaging.grids import Grid, apply_affine, hippocampus_boxes, patch_boxes, shape_of, study_grid
from adrepro.preprocessing.reference.seed_parcels import read_seeds


def test_at_1_mm_the_grid_is_the_papers():
    grid = study_grid(1)
    assert grid.shape == (169, 208, 179)
    assert grid.affine[:3, 3].tolist() == [-84, -119, -78]


@pytest.mark.parametrize("resolution", [1, 1.5, 2, 4])
def test_the_grid_is_symmetric_about_the_midline(resolution):
    grid = study_grid(resolution)
    last = apply_affine(grid.affine, np.array(grid.shape) - 1.0)
    assert grid.affine[0, 3] == pytest.approx(-last[0])


def test_at_1_mm_the_boxes_are_the_papers():
    left, right = hippocampus_boxes(study_grid(1))
    assert [(s.start, s.stop) for s in left] == [(36, 86), (71, 121), (43, 93)]
    assert [(s.start, s.stop) for s in right] == [(84, 134), (71, 121), (43, 93)]
    patches = patch_boxes(study_grid(1))
    assert len(patches) == 36
    assert [s.start for s in patches[-1]] == [100, 150, 100]


@pytest.mark.parametrize("resolution", [1, 1.5, 2, 4])
def test_hippocampal_seeds_lie_in_the_box_of_their_side(resolution):
    grid = study_grid(resolution)
    seeds = read_seeds()
    points = seeds[seeds["name"] == "hippocampus"][["x", "y", "z"]].to_numpy()
    assert len(points) == 4
    for point in points:
        box = hippocampus_boxes(grid)[0 if point[0] < 0 else 1]
        index = apply_affine(np.linalg.inv(grid.affine), point)
        assert all(s.start - 0.5 <= i < s.stop for s, i in zip(box, index, strict=True))


@pytest.mark.parametrize(("resolution", "size"), [(1.5, 33), (2, 25), (4, 12)])
def test_boxes_stay_inside_coarser_grids(resolution, size):
    grid = study_grid(resolution)
    for box in patch_boxes(grid) + hippocampus_boxes(grid):
        assert all(
            s.stop - s.start == size and s.start >= 0 and s.stop <= n for s, n in zip(box, grid.shape, strict=True)
        )


def test_a_grid_knows_its_voxels_and_their_centers():
    affine = np.array([[0, -2.0, 0, 5], [3, 0, 0, 6], [0, 0, 4, 7], [0, 0, 0, 1]])
    grid = Grid((2, 3, 4), affine)
    assert grid.voxel_mm.tolist() == [3, 2, 4] and grid.voxel_ml == pytest.approx(0.024)
    points = grid.points()
    assert points.shape == (3, 2, 3, 4) and points[:, 1, 2, 3].tolist() == [1, 9, 19]


def test_a_shape_has_three_whole_numbers():
    assert shape_of(np.array([2, 3, 4])) == (2, 3, 4) and type(shape_of(np.array([2, 3, 4]))[0]) is int
    with pytest.raises(ValueError):
        shape_of((2, 3))
