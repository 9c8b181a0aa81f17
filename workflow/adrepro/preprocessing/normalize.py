"""Nonlinear registration of the brain to the template, and its Jacobian determinant."""

from pathlib import Path

import numpy as np
from scipy import ndimage

from adrepro.config.settings.registration import RegistrationSettings
from adrepro.core import step
from adrepro.core.errors import ScanFault
from adrepro.imaging.grids import study_grid
from adrepro.imaging.spatial_transform import SpatialTransform, load_transform, save_warps
from adrepro.imaging.volumes import Volume, isotropic_grid, load, save


def register(
    fixed: Volume,
    mask: Volume,
    brain: Volume,
    affine: np.ndarray,
    settings: RegistrationSettings,
    device: str,
    seed: int,
) -> SpatialTransform:
    """Register a brain to the template with the configured backend.

    A backend is imported on demand: each one takes seconds to import, and one is an optional extra.

    Parameters
    ----------
    fixed, mask : Volume
        T1w brain of the template, and its brain mask dilated by one voxel, template space.
    brain : Volume
        Extracted brain of the scan, native space.
    affine : ndarray, shape (4, 4)
        Affine from template mm to scan mm.
    settings : RegistrationSettings
        Backend and its settings.
    device : {"auto", "cpu", "cuda"}
        Device of the `torch` and `fireants` backends.
    seed : int
        Random seed of the `ants` backend.

    Returns
    -------
    SpatialTransform
        `affine` with a warp and its inverse, on the grid of `fixed`.
    """
    if settings.engine == "torch":
        from adrepro.preprocessing.registration.torch_backend import register as register_torch

        return register_torch(fixed, brain, affine, mask, settings.torch, device)
    small = brain.on(isotropic_grid(brain.grid, float(fixed.voxel_mm[0])))
    if settings.engine == "ants":
        from adrepro.preprocessing.registration.ants_backend import register_syn

        return register_syn(fixed, small, affine, seed=seed, **settings.ants.model_dump())
    from adrepro.preprocessing.registration.fireants_backend import register as register_fireants

    return register_fireants(fixed, small, affine, settings.fireants, device)


def normalize(
    corrected: Path,
    mask: Path,
    affine: Path,
    reference: Path,
    warp: Path,
    inverse_warp: Path,
    jacobian: Path,
    settings: RegistrationSettings,
    device: str,
    resolution_mm: float,
    seed: int,
) -> None:
    """Write the warp to template space, its inverse, and its Jacobian determinant.

    Parameters
    ----------
    corrected : Path
        Bias-corrected T1w scan, native space (input).
    mask : Path
        Brain mask, native space (input).
    affine : Path
        JSON with the affine from template to scan (input).
    reference : Path
        Folder with `T1w.nii.gz` and `mask.nii.gz` of the template at the resolution of registration (input).
    warp, inverse_warp : Path
        Displacement fields in mm, (X, Y, Z, 3), template space (output).
    jacobian : Path
        Volume of the scan per volume of the template on the study grid (output).
    settings : RegistrationSettings
        Backend and its settings.
    device : {"auto", "cpu", "cuda"}
        Device of the `torch` and `fireants` backends.
    resolution_mm : float
        Voxel size of the study grid in mm.
    seed : int
        Random seed of the `ants` backend.

    Raises
    ------
    ScanFault
        If the registration failed or diverged.
    """
    scan, brain = load(corrected), load(mask)
    template, template_mask = load(reference / "T1w.nii.gz"), load(reference / "mask.nii.gz")
    fixed = template.like(template.data * (template_mask.data > 0.5))
    near = template_mask.like(ndimage.binary_dilation(template_mask.data > 0.5).astype(np.float32))
    extracted = scan.like(scan.data * brain.data)
    transform = register(fixed, near, extracted, load_transform(affine).affine, settings, device, seed)
    if transform.warp is None or not np.isfinite(transform.warp.data).all():
        raise ScanFault("the registration diverged; inspect the scan and its brain mask")
    grid = study_grid(resolution_mm)
    determinant = transform.jacobian(grid)
    print(f"Jacobian {determinant.min():.3f} to {determinant.max():.3f}, {np.mean(determinant <= 0):.4%} not positive")
    save_warps(transform, warp, inverse_warp)
    save(jacobian, Volume(determinant, grid.affine))


if __name__ == "__main__":
    step.run(normalize)
