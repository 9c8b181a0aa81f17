"""The spatial map between the reference space and one scan: an affine and, after `normalize`, a warp."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from adrepro.core.files import read_json, write_json
from adrepro.imaging.grids import Grid, transform
from adrepro.imaging.volumes import Volume, isotropic_grid, load, save


@dataclass(frozen=True)
class Mapping:
    """Points of the reference space (MNI mm) to points of the scan (mm) and back.

    `affine` (4 x 4) maps MNI to scan. `warp` and `inverse_warp`, of shape (X, Y, Z, 3), hold displacements in mm on
    a grid in MNI space: scan = affine(x + warp(x)), and x = z + inverse_warp(z) with z = affine^-1(scan).
    """

    affine: np.ndarray
    warp: Volume | None = None
    inverse_warp: Volume | None = None

    def to_scan(self, points: np.ndarray) -> np.ndarray:
        return transform(self.affine, _displace(points, self.warp))

    def to_reference(self, points: np.ndarray) -> np.ndarray:
        return _displace(transform(np.linalg.inv(self.affine), points), self.inverse_warp)

    def carry(self, maps: list[Volume], grid: Grid, spacing_mm: float) -> list[Volume]:
        """Smooth maps of the reference space on a scan's `grid`: sampled every `spacing_mm`, linear in between."""
        coarse = isotropic_grid(grid, spacing_mm)
        points = self.to_reference(coarse.points())
        return [Volume(volume.at(points), coarse.affine).on(grid) for volume in maps]

    def jacobian(self, grid: Grid) -> np.ndarray:
        """Volume of the scan per volume of the reference space on `grid`, shape (X, Y, Z)."""
        return self.jacobian_at(grid.points())

    def jacobian_at(self, points: np.ndarray) -> np.ndarray:
        """Volume of the scan per volume of the reference space at `points` (3, ...) of it, shape (...)."""
        scale = abs(np.linalg.det(self.affine[:3, :3]))
        if self.warp is None:
            return np.full(points.shape[1:], scale, dtype=np.float32)
        spacing = self.warp.voxel_mm
        gradient = np.stack(
            [np.stack(np.gradient(self.warp.data[..., i], *spacing), axis=-1) for i in range(3)], axis=-2
        )
        determinant = np.linalg.det(np.eye(3) + gradient)
        local = Volume((determinant * scale).astype(np.float32), self.warp.affine)
        return local.at(points, outside=scale)


def _displace(points: np.ndarray, warp: Volume | None) -> np.ndarray:
    if warp is None:
        return points
    return points + np.stack([Volume(warp.data[..., i], warp.affine).at(points) for i in range(3)])


def save_affine(path: Path, affine: np.ndarray, **notes: float | bool) -> None:
    """Write the matrix, with what else is worth knowing of how it was found."""
    write_json(path, {"maps": "reference mm to T1w mm (RAS+)", "matrix": np.round(affine, 8).tolist(), **notes})


def load_mapping(affine: Path, warp: Path | None = None, inverse_warp: Path | None = None) -> Mapping:
    matrix = np.array(read_json(affine)["matrix"])
    return Mapping(matrix, *(load(path) if path else None for path in (warp, inverse_warp)))


def save_warps(mapping: Mapping, warp: Path, inverse_warp: Path) -> None:
    for path, field in ((warp, mapping.warp), (inverse_warp, mapping.inverse_warp)):
        assert field is not None
        save(path, field)
