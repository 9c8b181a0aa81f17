"""Structures of the template that no atlas of the cerebral cortex holds: cerebellum and ventricles."""

import numpy as np
from scipy import ndimage
from skimage.segmentation import watershed

from adrepro.imaging.grids import Grid
from adrepro.imaging.volumes import Volume
from adrepro.preprocessing.reference.seed_parcels import read_seeds

CEREBELLUM_MARKER_MM = 6.0  # around the published coordinates of the cerebellum
VENTRICLE_DEPTH_MM = 22.0  # from the surface of the brain: sulci are nearer
VENTRICLE_BOX_MM = ((-45, 45), (-70, 45), (-12, 40))
THIRD_BOX_MM = ((-5, 5), (-35, 10), (-12, 8))  # of the third ventricle, between the thalami


def separate_cerebellum(labels: np.ndarray, template: dict[str, Volume], stem: int) -> np.ndarray:
    """Return the mask of the cerebellum, by a watershed on the template's T1w image.

    Parameters
    ----------
    labels : ndarray of int, shape (X, Y, Z)
        Labels of the cerebrum, and of the brain stem.
    template : dict of str to Volume
        `T1w`, `GM` and `WM` of the template.
    stem : int
        Label of the brain stem.

    Returns
    -------
    ndarray of bool, shape (X, Y, Z)
    """
    grid = template["T1w"].grid
    seeds = read_seeds()
    centers = seeds.loc[seeds["name"] == "cerebellum", ["x", "y", "z"]].to_numpy().T
    index = np.rint(np.linalg.inv(grid.affine) @ np.vstack([centers, np.ones(centers.shape[1])]))[:3].astype(int)
    away = np.ones(grid.shape, dtype=bool)
    away[tuple(index)] = False
    near = ndimage.distance_transform_edt(away, sampling=grid.voxel_mm) < CEREBELLUM_MARKER_MM
    markers = np.select([labels == stem, labels > 0, near], [3, 1, 2], 0)
    tissue = template["GM"].data + template["WM"].data > 0.5
    return watershed(-template["T1w"].data, markers, mask=tissue) == 2


def ventricles(template: dict[str, Volume]) -> tuple[np.ndarray, np.ndarray]:
    """Return the masks of the lateral ventricles and of the third ventricle of the template.

    Parameters
    ----------
    template : dict of str to Volume
        `mask`, `CSF`, `GM` and `WM` of the template, MNI mm.

    Returns
    -------
    lateral, third : ndarray of bool, shape (X, Y, Z)
    """
    grid = template["mask"].grid
    brain = template["mask"].data > 0.5
    fluid = template["CSF"].data > np.maximum(template["GM"].data, template["WM"].data)
    depth = ndimage.distance_transform_edt(brain, sampling=grid.voxel_mm)
    inside = brain & fluid & (depth > VENTRICLE_DEPTH_MM) & _in_box(grid, VENTRICLE_BOX_MM)
    between = _in_box(grid, THIRD_BOX_MM)
    return inside & ~between, inside & between


def _in_box(grid: Grid, box_mm: tuple[tuple[float, float], ...]) -> np.ndarray:
    inside = np.ones(grid.shape, dtype=bool)
    for axis, (low, high) in zip(grid.points(), box_mm, strict=True):
        inside &= (axis > low) & (axis < high)
    return inside
