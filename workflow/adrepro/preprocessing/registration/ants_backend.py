"""Bias field, affine and SyN registration by ANTs, on arrays in memory.

Only the transform files of ANTs are written to disk, in a temporary folder, and read from there. One thread and a fixed
seed make the results repeatable; scans run in parallel instead.
"""

import os
import sys
import tempfile
from pathlib import Path
from types import ModuleType
from typing import Any

os.environ["ITK_GLOBAL_DEFAULT_NUMBER_OF_THREADS"] = "1"
# Submodules of antspyx that no step uses import matplotlib, statsmodels and scikit-learn: half a second in each of a
# study's thousands of processes. Empty modules replace them.
for unused in ("plotting", "learn", "deeplearn"):
    sys.modules.setdefault(f"ants.{unused}", ModuleType(f"ants.{unused}"))

import ants  # noqa: E402 (the thread count is read when the library loads)
import nibabel as nib  # noqa: E402
import numpy as np  # noqa: E402

from adrepro.core.errors import ScanFault, UserError  # noqa: E402
from adrepro.core.files import reserve  # noqa: E402
from adrepro.imaging.grids import Grid, apply_affine  # noqa: E402
from adrepro.imaging.spatial_transform import SpatialTransform  # noqa: E402
from adrepro.imaging.volumes import Volume  # noqa: E402

LPS = np.diag([-1.0, -1.0, 1.0, 1.0])  # world axes of ITK relative to those of NIfTI


def to_ants(volume: Volume) -> "ants.ANTsImage":
    """Return a volume as ANTs image in LPS space."""
    affine = LPS @ volume.affine
    directions = affine[:3, :3] / volume.voxel_mm
    u, _, v = np.linalg.svd(directions)  # ITK requires exactly orthogonal axes
    return ants.from_numpy(
        np.ascontiguousarray(volume.data, dtype=np.float32),
        origin=affine[:3, 3].tolist(),
        spacing=volume.voxel_mm.tolist(),
        direction=u @ v,
    )


def estimate_bias(volume: Volume, mask: np.ndarray, iterations: list[int], spline_mm: float) -> Volume:
    """Return the N4 bias field of a scan.

    Parameters
    ----------
    volume : Volume
        T1w scan, native space.
    mask : ndarray of bool, shape (X, Y, Z)
        Voxels that the field is estimated from.
    iterations : list of int
        Iterations per level of the spline.
    spline_mm : float
        Distance of the control points in mm.

    Returns
    -------
    Volume
        Field on the grid of `volume`, positive, with mean about 1.

    References
    ----------
    Tustison et al. 2010, IEEE TMI 29:1310.
    """
    field = ants.n4_bias_field_correction(
        to_ants(volume),
        mask=to_ants(volume.like(mask.astype(np.float32))),
        shrink_factor=1,
        convergence={"iters": iterations, "tol": 1e-4},
        spline_param=spline_mm,
        return_bias_field=True,
    )
    return volume.like(np.maximum(field.numpy(), 1e-3))


def _register(fixed: Volume, moving: Volume, seed: int, mask: Volume | None, **options: Any) -> SpatialTransform:
    """Run `ants.registration` and return its transforms from fixed mm to moving mm."""
    with tempfile.TemporaryDirectory() as folder:
        ants.config.set_ants_deterministic(on=True, seed_value=seed)
        try:
            result = ants.registration(
                to_ants(fixed), to_ants(moving), mask=to_ants(mask) if mask else None, outprefix=f"{folder}/", **options
            )
            return _read_transforms(result["fwdtransforms"], result["invtransforms"])
        except (RuntimeError, nib.filebasedimages.ImageFileError, EOFError, ValueError) as error:
            # ITK does not report a full disk: raise an OSError if there is no space for a warp.
            space = Path(folder) / "space"
            space.touch()
            reserve(space, 3 * 4 * fixed.data.size)
            raise ScanFault(f"registration failed ({str(error).splitlines()[0]}); inspect the scan") from error


def _read_transforms(forward: list[str], inverse: list[str]) -> SpatialTransform:
    affine = _affine_matrix(ants.read_transform(forward[-1]))
    if len(forward) == 1:
        return SpatialTransform(affine)
    return SpatialTransform(affine, _read_warp(forward[0]), _read_warp(inverse[-1]))


def _affine_matrix(itk_transform: "ants.ANTsTransform") -> np.ndarray:
    """Return the matrix (4 x 4, RAS+ mm) of an ITK transform with a center."""
    matrix, translation = np.reshape(itk_transform.parameters[:9], (3, 3)), itk_transform.parameters[9:12]
    center = np.array(itk_transform.fixed_parameters[:3])
    lps = np.eye(4)
    lps[:3, :3] = matrix
    lps[:3, 3] = translation + center - matrix @ center
    return LPS @ lps @ LPS


def _read_warp(path: str) -> Volume:
    """Return a displacement field (X, Y, Z, 3) in RAS+ mm. Reads all of it: ITK truncates files on a full disk."""
    image = nib.load(path)
    assert isinstance(image, nib.Nifti1Image)
    data = np.asarray(image.dataobj, dtype=np.float32)
    field = Volume(data.reshape(*data.shape[:3], 3) * np.array([-1, -1, 1], dtype=np.float32), image.affine)
    if not np.isfinite(field.data).all():
        raise UserError(f"{Path(path).name}: ANTs wrote a field that is not finite; check the temporary folder's space")
    return field


def register_affine(
    fixed: Volume,
    moving: Volume,
    mask: Volume,
    start: np.ndarray,
    seed: int,
    kind: str = "Affine",
    levels_mm: tuple[float, ...] = (8, 4),
) -> np.ndarray:
    """Return the affine from fixed to moving image, by global correlation.

    Correlation, because both images are T1-weighted: on whole heads mutual information also has an optimum where the
    brain of the template fills the skull.

    Parameters
    ----------
    fixed, moving : Volume
        T1w template, and T1w scan in native space.
    mask : Volume
        Mask of the similarity on the grid of `fixed`.
    start : ndarray, shape (4, 4)
        Initial affine from fixed mm to moving mm. It replaces the position in the header of the moving image.
    seed : int
        Random seed of ANTs.
    kind : {"Affine", "Rigid"}
        Degrees of freedom.
    levels_mm : tuple of float
        Voxel sizes from coarse to fine; sizes below that of `fixed` are replaced by it.

    Returns
    -------
    ndarray, shape (4, 4)
        Affine from fixed mm to moving mm.

    Raises
    ------
    ScanFault
        If ANTs fails.
    """
    nearer = _move_header(moving, start)
    voxel_mm = float(fixed.voxel_mm.mean())
    shrinks = sorted({max(round(level / voxel_mm), 1) for level in levels_mm}, reverse=True)
    found = _register(
        fixed,
        nearer,
        seed,
        mask,
        type_of_transform=kind,
        initial_transform="Identity",
        aff_metric="GC",
        aff_iterations=(100, 50)[-len(shrinks) :],
        aff_shrink_factors=tuple(shrinks),
        aff_smoothing_sigmas=tuple(s if kind == "Rigid" else s // 2 for s in shrinks),
    )
    return start @ found.affine


def _move_header(moving: Volume, start: np.ndarray) -> Volume:
    """Apply the inverse of `start` to the header of a volume; resample the volume if its axes become sheared."""
    nearer = Volume(moving.data, np.linalg.inv(start) @ moving.affine)
    axes = nearer.affine[:3, :3] / nearer.voxel_mm
    if np.abs(axes.T @ axes - np.eye(3)).max() < 1e-4:
        return nearer
    # ITK has no sheared grids: sample once on a straight grid around the same field of view.
    corners = apply_affine(
        nearer.affine, np.array(np.meshgrid(*[(0, n - 1) for n in moving.data.shape])).reshape(3, -1)
    )
    low, high = corners.min(axis=1), corners.max(axis=1)
    spacing = moving.voxel_mm.max()
    affine = np.diag([spacing] * 3 + [1.0])
    affine[:3, 3] = low
    x, y, z = (int(n) for n in np.ceil((high - low) / spacing) + 1)
    return Volume(nearer.at(Grid((x, y, z), affine).points()), affine)


def register_syn(
    fixed: Volume,
    moving: Volume,
    affine: np.ndarray,
    iterations: list[int],
    seed: int,
    metric: str,
    radius: int,
    gradient_step: float,
    flow_sigma: float,
    mask: Volume | None = None,
) -> SpatialTransform:
    """Register an image to the template by SyN, on top of an affine.

    Parameters
    ----------
    fixed, moving : Volume
        T1w template, and T1w scan in native space.
    affine : ndarray, shape (4, 4)
        Affine from fixed mm to moving mm.
    iterations : list of int
        Iterations per level, the last at the resolution of `fixed`.
    seed : int
        Random seed of ANTs.
    metric : {"CC", "mattes"}
        Local cross-correlation, or mutual information.
    radius : int
        Radius of the window of `CC` in voxels.
    gradient_step : float
        Gradient step.
    flow_sigma : float
        Variance of the smoothing of each step in voxels².
    mask : Volume, optional
        Mask of the similarity on the grid of `fixed`.

    Returns
    -------
    SpatialTransform
        `affine` with a warp and its inverse, on the grid of `fixed`.

    Raises
    ------
    ScanFault
        If ANTs fails.

    References
    ----------
    Avants et al. 2008, Medical Image Analysis 12:26.
    """
    found = _register(
        fixed,
        _move_header(moving, affine),
        seed,
        mask,
        type_of_transform="SyNOnly",
        initial_transform="Identity",
        syn_metric=metric,
        syn_sampling=32 if metric == "mattes" else radius,
        reg_iterations=tuple(iterations),
        grad_step=gradient_step,
        flow_sigma=flow_sigma,
    )
    return SpatialTransform(affine, found.warp, found.inverse_warp)
