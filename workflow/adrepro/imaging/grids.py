"""Voxel grids in MNI millimetres: the paper's field of view at any resolution, and boxes cut from it."""

from dataclasses import dataclass

import numpy as np

# The cropped grid of Wen et al. 2020: 169 x 208 x 179 voxels of 1 mm, the first voxel centred here.
PAPER_ORIGIN = np.array([-84.0, -119.0, -78.0])
PAPER_SHAPE = np.array([169, 208, 179])
BOX_MM = 50.0
# First voxel of the hippocampus boxes in the paper's grid: centre voxels (61, 96, 68) and (109, 96, 68) less 25.
HIPPOCAMPUS_STARTS = np.array([[36, 71, 43], [84, 71, 43]])


@dataclass(frozen=True)
class Grid:
    """A voxel grid: `shape` in voxels, `affine` from voxel index to world millimetres (RAS+)."""

    shape: tuple[int, int, int]
    affine: np.ndarray

    @property
    def voxel_mm(self) -> np.ndarray:
        """Length of the voxel edges in mm, shape (3,)."""
        return np.sqrt((self.affine[:3, :3] ** 2).sum(axis=0))

    @property
    def voxel_ml(self) -> float:
        """Volume of one voxel in millilitres."""
        return float(abs(np.linalg.det(self.affine[:3, :3]))) / 1000

    def points(self) -> np.ndarray:
        """World coordinates of all voxel centres, mm, shape (3, X, Y, Z)."""
        index = np.indices(self.shape, dtype=np.float32)
        return transform(self.affine, index)


def transform(affine: np.ndarray, points: np.ndarray) -> np.ndarray:
    """Apply a 4 x 4 `affine` to `points` of shape (3, ...), in float32 to halve the memory of whole grids."""
    affine = affine.astype(np.float32)
    moved = np.tensordot(affine[:3, :3], points, axes=1)
    return moved + affine[:3, 3].reshape((3,) + (1,) * (points.ndim - 1))


def study_grid(resolution_mm: float) -> Grid:
    """The paper's field of view sampled at `resolution_mm`; at 1 mm exactly the paper's grid.

    At other resolutions each axis holds the whole number of voxels nearest to the paper's extent, centred on the
    same point, so that the left-right axis stays symmetric about x = 0.
    """
    shape = np.round(PAPER_SHAPE / resolution_mm).astype(int)
    centre = PAPER_ORIGIN + (PAPER_SHAPE - 1) / 2
    affine = np.diag([resolution_mm] * 3 + [1.0])
    affine[:3, 3] = centre - (shape - 1) / 2 * resolution_mm
    return Grid(tuple(int(n) for n in shape), affine)


def _box(first_voxel: np.ndarray, grid: Grid) -> tuple[slice, slice, slice]:
    """The 50 mm box that begins at `first_voxel` of the paper's grid, as slices of `grid`."""
    size = round(BOX_MM / grid.affine[0, 0])
    centre_mm = PAPER_ORIGIN + first_voxel + (BOX_MM - 1) / 2
    start = (centre_mm - grid.affine[:3, 3]) / grid.affine[0, 0] - (size - 1) / 2
    start = np.clip(np.floor(start + 0.5).astype(int), 0, np.array(grid.shape) - size)
    return tuple(slice(int(s), int(s) + size) for s in start)  # type: ignore[return-value]


def hippocampus_boxes(grid: Grid) -> list[tuple[slice, slice, slice]]:
    """The left and the right hippocampus box of the paper."""
    return [_box(start, grid) for start in HIPPOCAMPUS_STARTS]


def patch_boxes(grid: Grid) -> list[tuple[slice, slice, slice]]:
    """The paper's 36 patches (3 x 4 x 3, stride 50 mm, no padding), the last axis varying fastest."""
    counts = PAPER_SHAPE // int(BOX_MM)
    return [_box(np.array(position) * int(BOX_MM), grid) for position in np.ndindex(*counts)]
