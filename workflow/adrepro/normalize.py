"""Nonlinear registration of the brain to the reference space (SyN), with its Jacobian determinant."""

from pathlib import Path

import numpy as np

from . import step
from .ants_engine import register_syn
from .grids import study_grid
from .mapping import load_mapping, save_warps
from .volumes import Volume, isotropic_grid, load, save


def normalize(
    corrected: Path,
    mask: Path,
    affine: Path,
    reference: Path,
    warp: Path,
    inverse_warp: Path,
    jacobian: Path,
    settings: dict,
    resolution_mm: float,
    seed: int,
) -> None:
    """Write the warp to the reference space, its inverse, and the volume change on the study grid."""
    scan, brain = load(corrected), load(mask)
    template, template_mask = load(reference / "T1w.nii.gz"), load(reference / "mask.nii.gz")
    small = scan.like(scan.data * brain.data).on(isotropic_grid(scan, settings["working_mm"]))
    fixed = template.like(template.data * (template_mask.data > 0.5))
    mapping = register_syn(
        fixed,
        small,
        load_mapping(affine).affine,
        settings["syn_iterations"],
        seed,
        metric=settings["syn_metric"],
        radius=settings["syn_radius"],
        gradient_step=settings["syn_gradient_step"],
        flow_sigma=settings["syn_flow_sigma"],
    )
    grid = study_grid(resolution_mm)
    determinant = mapping.jacobian(grid)
    print(f"Jacobian {determinant.min():.3f} to {determinant.max():.3f}, {np.mean(determinant <= 0):.4%} not positive")
    save_warps(mapping, warp, inverse_warp)
    save(jacobian, Volume(determinant, grid.affine))


if __name__ == "__main__":
    step.run(normalize)
