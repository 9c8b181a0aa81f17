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

from adrepro.core.errors import ScanFault  # noqa: E402
from adrepro.core.files import reserve  # noqa: E402
from adrepro.imaging.spatial_transform import SpatialTransform  # noqa: E402
from adrepro.imaging.volumes import Volume  # noqa: E402
from adrepro.preprocessing.registration.itk_geometry import LPS, affine_matrix, move_header, read_warp  # noqa: E402


def to_ants(volume: Volume) -> "ants.ANTsImage":
    """Return a volume as ANTs image in LPS space.

    Parameters
    ----------
    volume : Volume
        RAS+ mm.

    Returns
    -------
    ANTsImage
        float32.
    """
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
    itk = ants.read_transform(forward[-1])
    affine = affine_matrix(itk.parameters, itk.fixed_parameters)
    if len(forward) == 1:
        return SpatialTransform(affine)
    return SpatialTransform(affine, read_warp(forward[0]), read_warp(inverse[-1]))


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
    nearer = move_header(moving, start)
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
        move_header(moving, affine),
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
