"""Structures of the template that no atlas of the cerebral cortex holds: cerebellum and ventricles."""

import numpy as np
from scipy import ndimage
from skimage.segmentation import watershed

from adrepro.imaging.grids import Grid
from adrepro.imaging.volumes import Volume
from adrepro.preprocessing.reference.seed_parcels import read_seeds

CEREBELLUM_MARKER_MM = 6.0  # around the published coordinates of the cerebellum
LATERAL_MM = ((-12.0, -5.0, 22.0), (12.0, -5.0, 22.0))  # bodies of the lateral ventricles
THIRD_MM = ((0.0, -12.0, -3.0),)  # between the thalami
LATERAL_BOX_MM = ((-45, 45), (-75, 45), (-25, 40))
THIRD_BOX_MM = ((-6, 6), (-32, 8), (-16, 9))
SEPTUM_MM = 2.0  # from the midline: the septum pellucidum, and the fissures above and below the ventricles
AROUND_MM = 5.0  # where the darkest voxels are those of CSF
SURE_GRAY = 0.9


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

    Voxels that are darker than halfway between CSF and gray matter and connected with the middle of a ventricle. Tissue
    maps of templates do not separate them from the cisterns beside them.

    Parameters
    ----------
    template : dict of str to Volume
        `T1w`, `mask` and `GM` of the template, MNI mm.

    Returns
    -------
    lateral, third : ndarray of bool, shape (X, Y, Z)
        Empty where the template is not dark at the middle of the ventricle.
    """
    image = template["T1w"]
    grid = image.grid
    fluid = float(np.percentile(image.at(_around(LATERAL_MM)), 5))
    gray = float(np.median(image.data[template["GM"].data > SURE_GRAY]))
    dark = (template["mask"].data > 0.5) & (image.data < (fluid + gray) / 2)
    beside = dark & _in_box(grid, LATERAL_BOX_MM) & (np.abs(grid.points()[0]) > SEPTUM_MM)
    lateral = _connected(beside, grid, LATERAL_MM)
    return lateral, _connected(dark & ~lateral & _in_box(grid, THIRD_BOX_MM), grid, THIRD_MM)


def _around(points_mm: tuple[tuple[float, float, float], ...]) -> np.ndarray:
    """Return points (3, n) of a millimeter grid in cubes around some points."""
    offsets = np.stack(np.meshgrid(*[np.arange(-AROUND_MM, AROUND_MM + 1)] * 3)).reshape(3, -1)
    return np.concatenate([offsets + np.array(point)[:, None] for point in points_mm], axis=1)


def _connected(mask: np.ndarray, grid: Grid, points_mm: tuple[tuple[float, float, float], ...]) -> np.ndarray:
    """Return the components of a mask that come near one of some points."""
    components, _ = ndimage.label(mask)
    found = Volume(components, grid.affine).at(_around(points_mm), order=0)
    return np.isin(components, found[found > 0])


def _in_box(grid: Grid, box_mm: tuple[tuple[float, float], ...]) -> np.ndarray:
    inside = np.ones(grid.shape, dtype=bool)
    for axis, (low, high) in zip(grid.points(), box_mm, strict=True):
        inside &= (axis > low) & (axis < high)
    return inside
