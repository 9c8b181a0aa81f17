"""Volumes with an affine: resampling, and NIfTI input and output of the workflow's own files."""

from dataclasses import dataclass
from pathlib import Path

import nibabel as nib
import numpy as np
from nibabel.spatialimages import SpatialImage
from scipy import ndimage

from adrepro.core.errors import UserError
from adrepro.core.files import replacing
from adrepro.imaging.grids import Grid, apply_affine, shape_of


@dataclass(frozen=True)
class Volume:
    """A volume: `data` of shape (X, Y, Z, ...) and `affine` from voxel index to world millimeters (RAS+)."""

    data: np.ndarray
    affine: np.ndarray

    @property
    def grid(self) -> Grid:
        """Voxel grid of the volume."""
        return Grid(shape_of(self.data.shape[:3]), self.affine)

    @property
    def voxel_mm(self) -> np.ndarray:
        """Voxel size in mm, shape (3,)."""
        return self.grid.voxel_mm

    def like(self, data: np.ndarray) -> "Volume":
        """Return other data of the same grid as a volume.

        Parameters
        ----------
        data : ndarray, shape (X, Y, Z) or (X, Y, Z, C)
            Values on the grid of this volume.

        Returns
        -------
        Volume
        """
        return Volume(data, self.affine)

    def at(self, points: np.ndarray, order: int = 1, outside: float = 0.0) -> np.ndarray:
        """Interpolate values at points.

        Parameters
        ----------
        points : ndarray, shape (3, ...)
            World coordinates in mm.
        order : int
            1 for trilinear interpolation, 0 for the nearest neighbor.
        outside : float
            Value outside the volume.

        Returns
        -------
        ndarray, shape (...)
            Values at the points.
        """
        index = apply_affine(np.linalg.inv(self.affine), points)
        mode = "constant" if order == 0 else "grid-constant"
        return ndimage.map_coordinates(self.data, index, order=order, mode=mode, cval=outside)

    def on(self, grid: Grid, order: int = 1, outside: float = 0.0) -> "Volume":
        """Resample onto a grid; to a coarser one after smoothing, which prevents aliasing.

        Parameters
        ----------
        grid : Grid
            New grid, in the same world space.
        order : int
            1 for trilinear interpolation, 0 for the nearest neighbor, without smoothing.
        outside : float
            Value outside the volume.
        """
        source = self.antialiased(float(np.cbrt(grid.voxel_ml * 1000))) if order else self
        step = np.linalg.inv(self.affine) @ grid.affine  # without a list of points, twice as fast as `at`
        mode = "constant" if order == 0 else "grid-constant"
        data = ndimage.affine_transform(
            source.data, step, output_shape=grid.shape, order=order, mode=mode, cval=outside
        )
        return Volume(data, grid.affine)

    def antialiased(self, voxel_mm: float) -> "Volume":
        """Smooth to voxels of `voxel_mm` (Gaussian whose full width at half maximum is the added extent).

        Parameters
        ----------
        voxel_mm : float
            Edge of the coarser voxels in mm.

        Returns
        -------
        Volume
            On the same grid; the volume itself if its voxels are not smaller.
        """
        added = np.sqrt(np.maximum(voxel_mm**2 - self.voxel_mm**2, 0)) / 2.355
        if not added.any():
            return self
        return self.like(ndimage.gaussian_filter(self.data.astype(np.float32), added / self.voxel_mm, truncate=3))


def isotropic_grid(grid: Grid, spacing_mm: float) -> Grid:
    """Return an isotropic grid with the axes and field of view of another grid.

    Parameters
    ----------
    grid : Grid
        Grid of a volume.
    spacing_mm : float
        Voxel size in mm; axes of `grid` with larger voxels keep them.
    """
    spacing = np.maximum(grid.voxel_mm, spacing_mm)
    extent = np.array(grid.shape) * grid.voxel_mm
    shape = np.maximum(np.round(extent / spacing).astype(int), 1)
    directions = grid.affine[:3, :3] / grid.voxel_mm
    center = apply_affine(grid.affine, (np.array(grid.shape) - 1) / 2)
    affine = np.eye(4)
    affine[:3, :3] = directions * spacing
    affine[:3, 3] = center - affine[:3, :3] @ ((shape - 1) / 2)
    return Grid(shape_of(shape), affine)


def load(path: Path) -> Volume:
    """Read a volume that this workflow wrote; scans of users are read by `nifti_reader.read_scan`.

    Parameters
    ----------
    path : Path
        NIfTI image.

    Returns
    -------
    Volume
        float32 data.

    Raises
    ------
    UserError
        If the file is damaged.
    """
    try:
        image = nib.load(path)
        if not isinstance(image, SpatialImage):
            raise ValueError("not a volume")
        return Volume(np.asarray(image.dataobj, dtype=np.float32), image.affine)
    except (nib.filebasedimages.ImageFileError, EOFError, OSError, ValueError) as error:
        raise UserError(f"{path}: cannot be read ({error}); delete it and run again") from error


def save(path: Path, volume: Volume, dtype: type = np.float32) -> None:
    """Write a volume as NIfTI, atomically.

    The affine is written to sform and qform with code 2, so that readers agree about the orientation.

    Parameters
    ----------
    path : Path
        `.nii` or `.nii.gz` to write.
    volume : Volume
        Data and affine.
    dtype : type
        Data type of the file. Unsigned integers store values between 0 and 1 in equal steps (probability maps); other
        integers store labels as they are.
    """
    data = np.asarray(volume.data)
    image = nib.Nifti1Image(data.astype(np.float32 if np.issubdtype(dtype, np.unsignedinteger) else dtype), None)
    image.set_sform(volume.affine, code=2)
    image.set_qform(volume.affine, code=2)
    image.header.set_xyzt_units("mm")
    if np.issubdtype(dtype, np.unsignedinteger):
        steps = np.iinfo(dtype).max
        image = nib.Nifti1Image(np.round(np.clip(data, 0, 1) * steps).astype(dtype), None, image.header)
        image.header.set_data_dtype(dtype)
        image.header.set_slope_inter(1 / steps, 0)
    with replacing(path) as temporary:
        nib.save(image, temporary)
