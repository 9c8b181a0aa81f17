"""Voxel grids in MNI millimeters: the field of view of Wen et al. 2020 at any resolution, and input boxes."""

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

# The cropped grid of Wen et al. 2020: 169 x 208 x 179 voxels of 1 mm, the first voxel centered here.
PAPER_ORIGIN = np.array([-84.0, -119.0, -78.0])
PAPER_SHAPE = np.array([169, 208, 179])
BOX_MM = 50.0
# First voxel of the hippocampus boxes in the paper's grid: center voxels (61, 96, 68) and (109, 96, 68) less 25.
HIPPOCAMPUS_STARTS = np.array([[36, 71, 43], [84, 71, 43]])


@dataclass(frozen=True)
class Grid:
    """A voxel grid: `shape` in voxels, `affine` from voxel index to world millimeters (RAS+)."""

    shape: tuple[int, int, int]
    affine: np.ndarray

    @property
    def voxel_mm(self) -> np.ndarray:
        """Voxel size in mm, shape (3,)."""
        return np.sqrt((self.affine[:3, :3] ** 2).sum(axis=0))

    @property
    def voxel_ml(self) -> float:
        """Volume of one voxel in ml."""
        return float(abs(np.linalg.det(self.affine[:3, :3]))) / 1000

    def points(self) -> np.ndarray:
        """Return the world coordinates of all voxel centers in mm, shape (3, X, Y, Z)."""
        index = np.indices(self.shape, dtype=np.float32)
        return apply_affine(self.affine, index)


def apply_affine(affine: np.ndarray, points: np.ndarray) -> np.ndarray:
    """Apply an affine to points, in float32 to halve the memory of whole grids.

    Parameters
    ----------
    affine : ndarray, shape (4, 4)
        Homogeneous matrix.
    points : ndarray, shape (3, ...)
        Coordinates.

    Returns
    -------
    ndarray, shape (3, ...)
        Transformed coordinates.
    """
    affine = affine.astype(np.float32)
    moved = np.tensordot(affine[:3, :3], points, axes=1)
    return moved + affine[:3, 3].reshape((3,) + (1,) * (points.ndim - 1))


def study_grid(resolution_mm: float) -> Grid:
    """Return the study grid: the field of view of Wen et al. 2020 at a resolution; at 1 mm exactly their grid.

    At other resolutions each axis holds the whole number of voxels nearest to the extent in the paper, centered on the
    same point, so that the left-right axis stays symmetric about x = 0.

    Parameters
    ----------
    resolution_mm : float
        Voxel size in mm.

    Returns
    -------
    Grid
        In MNI space, RAS+.
    """
    shape = np.round(PAPER_SHAPE / resolution_mm).astype(int)
    center = PAPER_ORIGIN + (PAPER_SHAPE - 1) / 2
    affine = np.diag([resolution_mm] * 3 + [1.0])
    affine[:3, 3] = center - (shape - 1) / 2 * resolution_mm
    return Grid(shape_of(shape), affine)


def shape_of(sizes: Iterable[int]) -> tuple[int, int, int]:
    """Return three sizes, such as those of an array, as a shape.

    Parameters
    ----------
    sizes : iterable of int
        Three numbers of voxels.

    Returns
    -------
    tuple of int
    """
    x, y, z = sizes
    return int(x), int(y), int(z)


def _box(first_voxel: np.ndarray, grid: Grid) -> tuple[slice, slice, slice]:
    """Return the 50 mm box that begins at `first_voxel` of the paper's grid, as slices of `grid`."""
    size = round(BOX_MM / grid.affine[0, 0])
    center_mm = PAPER_ORIGIN + first_voxel + (BOX_MM - 1) / 2
    start = (center_mm - grid.affine[:3, 3]) / grid.affine[0, 0] - (size - 1) / 2
    start = np.clip(np.floor(start + 0.5).astype(int), 0, np.array(grid.shape) - size)
    x, y, z = (slice(int(s), int(s) + size) for s in start)
    return x, y, z


def hippocampus_boxes(grid: Grid) -> list[tuple[slice, slice, slice]]:
    """Return the left and the right hippocampus box of Wen et al. 2020, 50 mm wide, as slices of a study grid.

    Parameters
    ----------
    grid : Grid
        Study grid.

    Returns
    -------
    list of tuple of slice
        Left, then right.
    """
    return [_box(start, grid) for start in HIPPOCAMPUS_STARTS]


def patch_boxes(grid: Grid) -> list[tuple[slice, slice, slice]]:
    """Return the 36 patches of Wen et al. 2020 (3 x 4 x 3, 50 mm wide, stride 50 mm, no padding).

    Parameters
    ----------
    grid : Grid
        Study grid.

    Returns
    -------
    list of tuple of slice
        Slices of the grid, the last axis varying fastest.
    """
    counts = PAPER_SHAPE // int(BOX_MM)
    return [_box(np.array(position) * int(BOX_MM), grid) for position in np.ndindex(*counts)]
