"""Affine and SyN registration by ANTs, on arrays in memory.

Only the transform files of ANTs are written to disk, in a temporary folder, and read from there. One thread and a fixed
seed make the results repeatable; scans run in parallel instead.
"""

import tempfile
from pathlib import Path
from typing import Any

import nibabel as nib
import numpy as np

from adrepro.core.errors import ScanFault
from adrepro.core.files import reserve
from adrepro.imaging.spatial_transform import SpatialTransform
from adrepro.imaging.volumes import Volume
from adrepro.preprocessing.registration.ants_images import ants, to_ants
from adrepro.preprocessing.registration.itk_geometry import affine_matrix, move_header, read_warp


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
