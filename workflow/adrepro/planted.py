"""Where the simulated disease is: known only because somebody planted it."""

import numpy as np

from .grids import Grid
from .simulate_anatomy import region_maps
from .volumes import Volume


def planted_region(grid: Grid) -> np.ndarray:
    """Voxels of `grid`, in MNI space, whose volumes the disease changes: medial temporal lobe and ventricles."""
    own, temporal, ventricles = region_maps()
    return Volume(np.maximum(temporal, ventricles), own.affine).on(grid).data > 0.5
