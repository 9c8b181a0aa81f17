"""Volumes in memory with their affine: sampling in world space, reading back and atomic writing as NIfTI."""

from dataclasses import dataclass
from pathlib import Path

import nibabel as nib
import numpy as np
from scipy import ndimage

from adrepro.core.errors import UserError
from adrepro.core.files import replacing
from adrepro.imaging.grids import Grid, transform


@dataclass(frozen=True)
class Volume:
    """A scalar volume: `data` of shape (X, Y, Z) and `affine` from voxel index to world millimetres (RAS+)."""

    data: np.ndarray
    affine: np.ndarray

    @property
    def grid(self) -> Grid:
        return Grid(self.data.shape, self.affine)  # type: ignore[arg-type]

    @property
    def voxel_mm(self) -> np.ndarray:
        """Length of the voxel edges in mm, shape (3,)."""
        return self.grid.voxel_mm

    def like(self, data: np.ndarray) -> "Volume":
        return Volume(data, self.affine)

    def at(self, points: np.ndarray, order: int = 1, outside: float = 0.0) -> np.ndarray:
        """Values at world `points` (3, ...) in mm; `order` 1 is trilinear, 0 nearest neighbour."""
        index = transform(np.linalg.inv(self.affine), points)
        mode = "constant" if order == 0 else "grid-constant"
        return ndimage.map_coordinates(self.data, index, order=order, mode=mode, cval=outside)

    def on(self, grid: Grid, order: int = 1, outside: float = 0.0) -> "Volume":
        """Resample onto `grid`. Blurs first where the grid is coarser, so that nothing is skipped over."""
        source = self.antialiased(float(np.cbrt(grid.voxel_ml * 1000))) if order else self
        step = np.linalg.inv(self.affine) @ grid.affine  # no list of points: twice as fast as `at`
        mode = "constant" if order == 0 else "grid-constant"
        data = ndimage.affine_transform(
            source.data, step, output_shape=grid.shape, order=order, mode=mode, cval=outside
        )
        return Volume(data, grid.affine)

    def antialiased(self, voxel_mm: float) -> "Volume":
        """Blur to what voxels of `voxel_mm` would have seen (half width at half maximum of the added extent)."""
        added = np.sqrt(np.maximum(voxel_mm**2 - self.voxel_mm**2, 0)) / 2.355
        if not added.any():
            return self
        return self.like(ndimage.gaussian_filter(self.data.astype(np.float32), added / self.voxel_mm, truncate=3))


def isotropic_grid(grid: Grid, spacing_mm: float) -> Grid:
    """A grid over the field of view of `grid`, along its axes, with voxels of `spacing_mm` or its own if coarser."""
    spacing = np.maximum(grid.voxel_mm, spacing_mm)
    extent = np.array(grid.shape) * grid.voxel_mm
    shape = np.maximum(np.round(extent / spacing).astype(int), 1)
    directions = grid.affine[:3, :3] / grid.voxel_mm
    centre = transform(grid.affine, (np.array(grid.shape) - 1) / 2)
    affine = np.eye(4)
    affine[:3, :3] = directions * spacing
    affine[:3, 3] = centre - affine[:3, :3] @ ((shape - 1) / 2)
    return Grid(tuple(int(n) for n in shape), affine)


def load(path: Path) -> Volume:
    """Read a volume that this workflow wrote (scans from outside go through `scans.read_scan`)."""
    try:
        image = nib.load(path)
        return Volume(np.asarray(image.dataobj, dtype=np.float32), image.affine)  # type: ignore[attr-defined]
    except (nib.filebasedimages.ImageFileError, EOFError, OSError, ValueError) as error:
        raise UserError(f"{path}: cannot be read ({error}); delete it and run again") from error


def save(path: Path, volume: Volume, dtype: type = np.float32) -> None:
    """Write as NIfTI under a temporary name, then rename.

    Unsigned `dtype` stores values between 0 and 1 in equal steps (probability maps); other integers (labels) as they
    are. The affine goes to sform and qform with code 2, so that readers agree about the orientation.
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
