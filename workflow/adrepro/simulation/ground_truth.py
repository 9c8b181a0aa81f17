"""Mask of the simulated atrophy."""

from pathlib import Path

import numpy as np

from adrepro.core import step
from adrepro.imaging.grids import Grid, study_grid
from adrepro.imaging.volumes import Volume, save
from adrepro.simulation.anatomy import region_maps


def atrophy_mask(grid: Grid) -> np.ndarray:
    """Return the mask of the simulated atrophy: medial temporal lobe and ventricles.

    Parameters
    ----------
    grid : Grid
        Grid in MNI space.

    Returns
    -------
    ndarray of bool, shape (X, Y, Z)
        Voxels of `grid` whose volume the simulated disease changes.
    """
    coarse, temporal, ventricles = region_maps()
    return Volume(np.maximum(temporal, ventricles), coarse.affine).on(grid).data > 0.5


def ground_truth(out: Path, resolution_mm: float) -> None:
    """Write the mask of the simulated atrophy.

    Parameters
    ----------
    out : Path
        NIfTI mask to write, study grid, MNI space.
    resolution_mm : float
        Voxel size of the study grid in mm.
    """
    grid = study_grid(resolution_mm)
    save(out, Volume(atrophy_mask(grid).astype(np.uint8), grid.affine), np.uint8)


if __name__ == "__main__":
    step.run(ground_truth)
