"""Voxels of a brain mask, with what the tissue mixture knows of each: intensity, priors and surroundings."""

from dataclasses import dataclass, field

import numpy as np

from adrepro.config.settings.images import SegmentationSettings
from adrepro.imaging.grids import Grid
from adrepro.preprocessing.neighborhood import LocalMean
from adrepro.preprocessing.tissue_model import mixed_priors


@dataclass
class BrainVoxels:
    """Voxels of a brain mask on one grid.

    Attributes
    ----------
    inside : ndarray of bool, shape (X, Y, Z)
        Mask of n voxels.
    grid : Grid
        Its grid, native space.
    intensity : ndarray of float32, shape (n,)
        T1w intensities.
    maps : ndarray of float32, shape (3, n)
        CSF, GM and WM of the template.
    depth : ndarray of float32, shape (n,)
        Probability that gray matter is deep gray matter.
    settings : SegmentationSettings
        Settings of the mixture.
    """

    inside: np.ndarray
    grid: Grid
    intensity: np.ndarray
    maps: np.ndarray
    depth: np.ndarray
    settings: SegmentationSettings
    prior: np.ndarray = field(init=False)
    local: LocalMean = field(init=False)
    wide: LocalMean = field(init=False)

    def __post_init__(self) -> None:
        voxel_mm = self.grid.voxel_mm
        self.prior = mixed_priors(self.maps, self.settings.prior_weight)
        self.local = LocalMean(self.inside, voxel_mm, self.settings.local_mm)
        self.wide = LocalMean(self.inside, voxel_mm, self.settings.bias_mm)

    def to_volume(self, values: np.ndarray) -> np.ndarray:
        """Return values (n,) as volume (X, Y, Z), 0 outside the mask.

        Parameters
        ----------
        values : ndarray, shape (n,)
            Values at the voxels of the mask.
        """
        whole = np.zeros(self.inside.shape, dtype=np.float32)
        whole[self.inside] = values
        return whole
