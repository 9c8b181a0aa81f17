"""Spatial transform between template space and native space: an affine and, after `normalize`, a warp."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from adrepro.core.files import read_json, write_json
from adrepro.imaging.grids import Grid, apply_affine
from adrepro.imaging.volumes import Volume, isotropic_grid, load, save


@dataclass(frozen=True)
class SpatialTransform:
    """Transform between points of the template space (MNI mm) and of the scan (native space, mm).

    A point x of the template space is affine(x + warp(x)) in the scan, and x = z + inverse_warp(z) with
    z = affine^-1(scan).

    Attributes
    ----------
    affine : ndarray, shape (4, 4)
        From template space to native space.
    warp, inverse_warp : Volume or None
        Displacements in mm on a grid in template space, shape (X, Y, Z, 3).
    """

    affine: np.ndarray
    warp: Volume | None = None
    inverse_warp: Volume | None = None

    def to_native(self, points: np.ndarray) -> np.ndarray:
        """Map points (3, ...) of the template space to native space, both in mm.

        Parameters
        ----------
        points : ndarray, shape (3, ...)
            Template space, mm.

        Returns
        -------
        ndarray, shape (3, ...)
            Native space, mm.
        """
        return apply_affine(self.affine, _displace(points, self.warp))

    def to_template(self, points: np.ndarray) -> np.ndarray:
        """Map points (3, ...) of the native space to template space, both in mm.

        Parameters
        ----------
        points : ndarray, shape (3, ...)
            Native space, mm.

        Returns
        -------
        ndarray, shape (3, ...)
            Template space, mm.
        """
        return _displace(apply_affine(np.linalg.inv(self.affine), points), self.inverse_warp)

    def resample(self, maps: list[Volume], grid: Grid, spacing_mm: float) -> list[Volume]:
        """Resample smooth maps of the template space to native space.

        Parameters
        ----------
        maps : list of Volume
            Maps in template space.
        grid : Grid
            Grid of the scan, native space.
        spacing_mm : float
            Distance of the sampled points in mm; values between them are interpolated linearly.

        Returns
        -------
        list of Volume
            The maps on `grid`.
        """
        coarse = isotropic_grid(grid, spacing_mm)
        points = self.to_template(coarse.points())
        return [Volume(volume.at(points), coarse.affine).on(grid) for volume in maps]

    def jacobian(self, grid: Grid) -> np.ndarray:
        """Return the Jacobian determinant, native volume per template volume, on a grid in template space (X, Y, Z).

        Parameters
        ----------
        grid : Grid
            Grid in template space.

        Returns
        -------
        ndarray, shape (X, Y, Z)
        """
        return self.jacobian_at(grid.points())

    def jacobian_at(self, points: np.ndarray) -> np.ndarray:
        """Return the Jacobian determinant, native volume per template volume, at template points (3, ...).

        Parameters
        ----------
        points : ndarray, shape (3, ...)
            Template space, mm.

        Returns
        -------
        ndarray, shape (...)
        """
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


def save_affine(path: Path, affine: np.ndarray, to: str = "T1w mm", **notes: float | bool) -> None:
    """Write an affine as JSON.

    Parameters
    ----------
    path : Path
        JSON to write: `matrix`, and `notes` on its estimation.
    affine : ndarray, shape (4, 4)
        From template space to native space, mm.
    to : str
        Name of the native space.
    **notes : float or bool
        Further values for the file.
    """
    write_json(path, {"maps": f"template mm to {to} (RAS+)", "matrix": np.round(affine, 8).tolist(), **notes})


def load_transform(affine: Path, warp: Path | None = None, inverse_warp: Path | None = None) -> SpatialTransform:
    """Read a transform.

    Parameters
    ----------
    affine : Path
        JSON with the affine from template space to native space.
    warp, inverse_warp : Path, optional
        Displacement fields in mm, template space, shape (X, Y, Z, 3).
    """
    matrix = np.array(read_json(affine)["matrix"])
    return SpatialTransform(matrix, *(load(path) if path else None for path in (warp, inverse_warp)))


def save_warps(transform: SpatialTransform, warp: Path, inverse_warp: Path) -> None:
    """Write the displacement fields of a transform.

    Parameters
    ----------
    transform : SpatialTransform
        Transform with both fields.
    warp, inverse_warp : Path
        NIfTI images to write: displacements in mm, template space, shape (X, Y, Z, 3).
    """
    for path, field in ((warp, transform.warp), (inverse_warp, transform.inverse_warp)):
        assert field is not None
        save(path, field)
