"""Nonlinear registration of the brain to the reference space by a chosen engine, with its Jacobian determinant."""

from pathlib import Path

import numpy as np
from scipy import ndimage

from adrepro.core import step
from adrepro.core.errors import ScanFault
from adrepro.imaging.grids import study_grid
from adrepro.imaging.spatial_transform import Mapping, load_mapping, save_warps
from adrepro.imaging.volumes import Volume, isotropic_grid, load, save


def register(
    fixed: Volume, mask: Volume, brain: Volume, affine: np.ndarray, settings: dict, device: str, seed: int
) -> Mapping:
    """Warp on top of `affine` by the engine named in `settings`; every engine has this interface.

    `fixed` is the template's brain, `brain` the extracted scan in its own space. An engine is imported only when asked
    for: each of them is heavy, and one is an optional extra.
    """
    name = settings["engine"]
    own = settings[name]
    if name == "torch":
        from adrepro.preprocessing.registration.torch_backend import register as by_torch

        return by_torch(fixed, brain, affine, mask, own, device)
    small = brain.on(isotropic_grid(brain.grid, float(fixed.voxel_mm[0])))
    if name == "ants":
        from adrepro.preprocessing.registration.ants_backend import register_syn

        return register_syn(fixed, small, affine, seed=seed, **own)
    from adrepro.preprocessing.registration.fireants_backend import register as by_fireants

    return by_fireants(fixed, small, affine, own, device)


def normalize(
    corrected: Path,
    mask: Path,
    affine: Path,
    reference: Path,
    warp: Path,
    inverse_warp: Path,
    jacobian: Path,
    settings: dict,
    device: str,
    resolution_mm: float,
    seed: int,
) -> None:
    """Write the warp to the reference space, its inverse, and the volume change on the study grid."""
    scan, brain = load(corrected), load(mask)
    template, template_mask = load(reference / "T1w.nii.gz"), load(reference / "mask.nii.gz")
    fixed = template.like(template.data * (template_mask.data > 0.5))
    near = template_mask.like(ndimage.binary_dilation(template_mask.data > 0.5).astype(np.float32))
    extracted = scan.like(scan.data * brain.data)
    mapping = register(fixed, near, extracted, load_mapping(affine).affine, settings, device, seed)
    if not np.isfinite(mapping.warp.data).all():
        raise ScanFault("the registration did not end in finite numbers; look at the scan and its brain mask")
    grid = study_grid(resolution_mm)
    determinant = mapping.jacobian(grid)
    print(f"Jacobian {determinant.min():.3f} to {determinant.max():.3f}, {np.mean(determinant <= 0):.4%} not positive")
    save_warps(mapping, warp, inverse_warp)
    save(jacobian, Volume(determinant, grid.affine))


if __name__ == "__main__":
    step.run(normalize)
