"""White-matter hypointensities of a T1w scan: lesions of white matter that are as dark as gray matter.

Small-vessel lesions, common in old age, have the intensity of gray matter. Gray matter in the template's white matter,
far from its gray matter, is taken for such a lesion, and so is gray matter that is connected with it.
"""

import numpy as np
from scipy import ndimage

from adrepro.imaging.grids import Grid
from adrepro.imaging.volumes import Volume

SURE_WHITE = 0.8  # eroded prior of white matter where a lesion may begin
POSSIBLE_GRAY = 0.3  # prior of gray matter where none is assumed
GROWTH_MM = 8.0  # distance from sure white matter up to which a lesion is followed, as to the wall of a ventricle
SMALLEST_ML = 0.02  # smaller clusters are noise
CROSS = ndimage.generate_binary_structure(3, 1)


def sure_white_matter(white_matter: Volume) -> Volume:
    """Return the white-matter map of the template, eroded by one voxel.

    Parameters
    ----------
    white_matter : Volume
        White-matter probability, template space.
    """
    return white_matter.like(ndimage.grey_erosion(white_matter.data, footprint=CROSS, mode="nearest"))


def lesion_fraction(gray: np.ndarray, gray_prior: np.ndarray, sure_prior: np.ndarray, grid: Grid) -> np.ndarray:
    """Return the fraction of each voxel that is a white-matter lesion.

    Parameters
    ----------
    gray : ndarray, shape (X, Y, Z)
        Gray-matter fraction by intensity, native space, 0 to 1.
    gray_prior, sure_prior : ndarray, shape (X, Y, Z)
        Gray matter of the template, and its eroded white matter (`sure_white_matter`), at the voxels of the scan.
    grid : Grid
        Grid of the arrays.

    Returns
    -------
    ndarray, shape (X, Y, Z)
        Lesion, at most `gray`.
    """
    dark, possible = gray > 0.5, gray_prior < POSSIBLE_GRAY
    seeds = dark & (sure_prior > SURE_WHITE)
    if not seeds.any():
        return np.zeros(gray.shape, dtype=np.float32)
    near = ndimage.distance_transform_edt(~seeds, sampling=grid.voxel_mm) <= GROWTH_MM
    grown = ndimage.binary_propagation(seeds, CROSS, mask=seeds | dark & possible & near)
    clusters, count = ndimage.label(grown)
    ml = np.bincount(clusters.ravel(), minlength=count + 1) * grid.voxel_ml
    lesions = (clusters > 0) & (ml >= SMALLEST_ML)[clusters]
    rim = ndimage.binary_dilation(lesions, CROSS, mask=possible)  # partial volume of the lesions
    return np.where(rim | lesions, gray, 0).astype(np.float32)
