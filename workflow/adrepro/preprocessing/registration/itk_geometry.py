"""Transforms and headers of ITK in NIfTI's world coordinates."""

from collections.abc import Sequence
from pathlib import Path

import nibabel as nib
import numpy as np

from adrepro.core.errors import UserError
from adrepro.imaging.grids import Grid, apply_affine
from adrepro.imaging.volumes import Volume

LPS = np.diag([-1.0, -1.0, 1.0, 1.0])  # world axes of ITK relative to those of NIfTI


def affine_matrix(parameters: Sequence[float], fixed_parameters: Sequence[float]) -> np.ndarray:
    """Return the matrix of an ITK transform with a center.

    Parameters
    ----------
    parameters : sequence of float
        Matrix (9, row by row) and translation (3), LPS.
    fixed_parameters : sequence of float
        Center of the transform (3), LPS mm.

    Returns
    -------
    ndarray, shape (4, 4)
        The same transform in RAS+ mm.
    """
    matrix, translation = np.reshape(parameters[:9], (3, 3)), np.array(parameters[9:12])
    center = np.array(fixed_parameters[:3])
    lps = np.eye(4)
    lps[:3, :3] = matrix
    lps[:3, 3] = translation + center - matrix @ center
    return LPS @ lps @ LPS


def read_warp(path: str) -> Volume:
    """Return a displacement field of ITK in RAS+ mm, shape (X, Y, Z, 3).

    All of it is read, since ITK truncates files on a full disk.

    Parameters
    ----------
    path : str
        NIfTI file of a displacement field.

    Raises
    ------
    UserError
        If a value is not finite.
    """
    image = nib.load(path)
    assert isinstance(image, nib.Nifti1Image)
    data = np.asarray(image.dataobj, dtype=np.float32)
    field = Volume(data.reshape(*data.shape[:3], 3) * np.array([-1, -1, 1], dtype=np.float32), image.affine)
    if not np.isfinite(field.data).all():
        raise UserError(f"{Path(path).name}: ANTs wrote a field that is not finite; check the temporary folder's space")
    return field


def move_header(moving: Volume, start: np.ndarray) -> Volume:
    """Apply the inverse of an affine to the header of a volume.

    Parameters
    ----------
    moving : Volume
        Volume in native space.
    start : ndarray, shape (4, 4)
        Affine from template mm to native mm.

    Returns
    -------
    Volume
        Near the template; resampled on a straight grid around the same field of view if its axes became sheared, since
        ITK has no sheared grids.
    """
    nearer = Volume(moving.data, np.linalg.inv(start) @ moving.affine)
    axes = nearer.affine[:3, :3] / nearer.voxel_mm
    if np.abs(axes.T @ axes - np.eye(3)).max() < 1e-4:
        return nearer
    corners = apply_affine(
        nearer.affine, np.array(np.meshgrid(*[(0, n - 1) for n in moving.data.shape])).reshape(3, -1)
    )
    low, high = corners.min(axis=1), corners.max(axis=1)
    spacing = moving.voxel_mm.max()
    affine = np.diag([spacing] * 3 + [1.0])
    affine[:3, 3] = low
    x, y, z = (int(n) for n in np.ceil((high - low) / spacing) + 1)
    return Volume(nearer.at(Grid((x, y, z), affine).points()), affine)
