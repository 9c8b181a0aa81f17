"""Nonlinear registration of the brain to the template, its Jacobian determinant, and modulated gray matter."""

from pathlib import Path

import numpy as np

from adrepro.config.settings.registration import RegistrationSettings
from adrepro.core import step
from adrepro.core.errors import ScanFault
from adrepro.imaging.grids import Grid, study_grid
from adrepro.imaging.spatial_transform import SpatialTransform, load_transform, save_warps
from adrepro.imaging.volumes import Volume, load, save
from adrepro.preprocessing.reference.maps import load_reference
from adrepro.preprocessing.registration.engines import register


def modulate(gray_matter: Volume, transform: SpatialTransform, grid: Grid, determinant: np.ndarray) -> Volume:
    """Return gray matter in template space times the Jacobian determinant, which preserves its volume.

    Parameters
    ----------
    gray_matter : Volume
        Gray-matter probability, native space, 0 to 1.
    transform : SpatialTransform
        Transform between template space and the scan.
    grid : Grid
        Grid of the result, template space.
    determinant : ndarray, shape (X, Y, Z)
        Jacobian determinant on `grid`.
    """
    spacing = float(np.cbrt(grid.voxel_ml * 1000))
    density = gray_matter.antialiased(spacing).at(transform.to_native(grid.points()))
    return Volume(density * np.maximum(determinant, 0), grid.affine)


def normalize(
    corrected: Path,
    mask: Path,
    gm: Path,
    wm: Path,
    affine: Path,
    reference: Path,
    warp: Path,
    inverse_warp: Path,
    jacobian: Path,
    modulated: Path,
    settings: RegistrationSettings,
    device: str,
    resolution_mm: float,
    seed: int,
) -> None:
    """Write the warp to template space, its inverse, its Jacobian determinant, and the modulated gray matter.

    Parameters
    ----------
    corrected : Path
        Bias-corrected T1w scan, native space (input).
    mask : Path
        Brain mask, native space (input).
    gm, wm : Path
        Tissue probability maps, native space, 0 to 1 (input).
    affine : Path
        JSON with the affine from template to scan (input).
    reference : Path
        Folder with `T1w`, `mask`, `CSF`, `GM`, `WM`, `deep` and `nuclei` maps of the template at the resolution of
        registration (input).
    warp, inverse_warp : Path
        Displacement fields in mm, (X, Y, Z, 3), template space (output).
    jacobian : Path
        Volume of the scan per volume of the template on the study grid (output).
    modulated : Path
        Modulated gray matter on the study grid (output).
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
    tissues = {"GM": load(gm), "WM": load(wm)}
    template, near = load_reference(reference)
    extracted = scan.like(scan.data * brain.data)
    start = load_transform(affine).affine
    transform = register(template, near, extracted, tissues, start, settings, device, seed)
    if transform.warp is None or not np.isfinite(transform.warp.data).all():
        raise ScanFault("the registration diverged; inspect the scan and its brain mask")
    grid = study_grid(resolution_mm)
    determinant = transform.jacobian(grid)
    print(f"Jacobian {determinant.min():.3f} to {determinant.max():.3f}, {np.mean(determinant <= 0):.4%} not positive")
    save_warps(transform, warp, inverse_warp)
    save(jacobian, Volume(determinant, grid.affine))
    save(modulated, modulate(tissues["GM"], transform, grid, determinant))


if __name__ == "__main__":
    step.run(normalize)
