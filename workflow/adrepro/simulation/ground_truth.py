"""Where the simulated disease is: known only because somebody planted it."""

from pathlib import Path

import numpy as np

from adrepro.core import step
from adrepro.imaging.grids import Grid, study_grid
from adrepro.imaging.volumes import Volume, save
from adrepro.simulation.anatomy import region_maps


def planted_region(grid: Grid) -> np.ndarray:
    """Voxels of `grid`, in MNI space, whose volumes the disease changes: medial temporal lobe and ventricles."""
    own, temporal, ventricles = region_maps()
    return Volume(np.maximum(temporal, ventricles), own.affine).on(grid).data > 0.5


def planted(out: Path, resolution_mm: float) -> None:
    """Write the region as a mask on the study grid."""
    grid = study_grid(resolution_mm)
    save(out, Volume(planted_region(grid).astype(np.uint8), grid.affine), np.uint8)


if __name__ == "__main__":
    step.run(planted)
