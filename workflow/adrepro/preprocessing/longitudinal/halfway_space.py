"""Halfway space of the visits of one person: rigid transforms to the visits, and the mean of their tissue maps.

No visit is the reference: each is interpolated once, on a grid halfway between all of them, since a visit that others
are resampled to looks sharper than they do, and shrinks or grows for that reason alone (Reuter et al. 2012).
"""

from dataclasses import dataclass

import numpy as np
from scipy import ndimage
from scipy.linalg import expm, logm

from adrepro.imaging.grids import Grid, apply_affine, shape_of
from adrepro.imaging.volumes import Volume, isotropic_grid
from adrepro.preprocessing.registration.ants_backend import register_affine

TISSUES = ("GM", "WM", "CSF")
CONTRAST = {"CSF": 0.25, "GM": 0.65, "WM": 1.0}  # of the image that is registered, free of bias and scanner
RIGID_LEVELS_MM = (4, 2)
MARGIN_MM = 10.0  # around the brains, which the nonlinear registration needs


@dataclass(frozen=True)
class Visit:
    """Segmented brain of one visit, native space.

    Attributes
    ----------
    name : str
        Scan of the visit.
    tissues : dict of str to Volume
        `GM`, `WM` and `CSF`, 0 to 1.
    affine : ndarray, shape (4, 4)
        Affine from template mm to scan mm.
    """

    name: str
    tissues: dict[str, Volume]
    affine: np.ndarray

    def image(self, voxel_mm: float) -> Volume:
        """Return a brain with the contrast of a T1w image, of the tissue maps.

        Parameters
        ----------
        voxel_mm : float
            Voxel size; axes of larger voxels keep them.
        """
        maps = self.tissues
        whole = sum(CONTRAST[name] * maps[name].data for name in TISSUES)
        return maps["GM"].like(np.asarray(whole, dtype=np.float32)).on(isotropic_grid(maps["GM"].grid, voxel_mm))


def rigid_between(first: Visit, other: Visit, seed: int) -> np.ndarray:
    """Return the rigid transform (4, 4) from the brain of one visit to that of another, mm to mm.

    Parameters
    ----------
    first, other : Visit
    seed : int
        Random seed of ANTs.

    Raises
    ------
    ScanFault
        If the registration fails.
    """
    fixed = first.image(RIGID_LEVELS_MM[-1])
    near = fixed.like(ndimage.binary_dilation(fixed.data > 0.1, iterations=2).astype(np.float32))
    center = apply_affine(first.affine, np.zeros((3, 1)))
    start = nearest_rigid(other.affine @ np.linalg.inv(first.affine), center)
    return register_affine(fixed, other.image(RIGID_LEVELS_MM[-1]), near, start, seed, "Rigid", RIGID_LEVELS_MM)


def nearest_rigid(matrix: np.ndarray, center: np.ndarray) -> np.ndarray:
    """Return the rigid transform (4, 4) with the nearest rotation to an affine, which maps a point alike.

    Parameters
    ----------
    matrix : ndarray, shape (4, 4)
        Affine.
    center : ndarray, shape (3, 1)
        The point.
    """
    left, _, right = np.linalg.svd(matrix[:3, :3])
    rigid = np.eye(4)
    rigid[:3, :3] = left @ right
    rigid[:3, 3] = (apply_affine(matrix, center) - rigid[:3, :3] @ center)[:, 0]
    return rigid


def mean_affine(matrices: list[np.ndarray]) -> np.ndarray:
    """Return the log-Euclidean mean (4, 4) of affines, about the first.

    Parameters
    ----------
    matrices : list of ndarray, shape (4, 4)
        Affines that differ from the first by turns of less than 180 degrees.

    References
    ----------
    Arsigny et al. 2009, Biomedical Image Registration, LNCS 4057:120.
    """
    first = matrices[0]
    return first @ np.real(expm(np.mean([logm(np.linalg.inv(first) @ matrix) for matrix in matrices], axis=0)))


def from_halfway(between: list[np.ndarray]) -> list[np.ndarray]:
    """Return the rigid transforms from the halfway space to each visit.

    Parameters
    ----------
    between : list of ndarray, shape (4, 4)
        Rigid transforms from the first visit to each, the first of which is the identity.
    """
    center = np.linalg.inv(mean_affine(between))
    return [matrix @ center for matrix in between]


def common_grid(visits: list[Visit], transforms: list[np.ndarray], voxel_mm: float) -> Grid:
    """Return an isotropic grid of the halfway space around all brains.

    Parameters
    ----------
    visits : list of Visit
    transforms : list of ndarray, shape (4, 4)
        From the halfway space to each visit, mm.
    voxel_mm : float
        Voxel size.
    """
    points = [
        apply_affine(np.linalg.inv(transform), visit.tissues["GM"].grid.points()[:, visit.tissues["GM"].data > 0.5])
        for visit, transform in zip(visits, transforms, strict=True)
    ]
    low = np.min([p.min(axis=1) for p in points], axis=0) - MARGIN_MM
    high = np.max([p.max(axis=1) for p in points], axis=0) + MARGIN_MM
    affine = np.diag([voxel_mm] * 3 + [1.0])
    affine[:3, 3] = low
    return Grid(shape_of(np.ceil((high - low) / voxel_mm).astype(int) + 1), affine)


def resampled(volume: Volume, transform: np.ndarray, grid: Grid) -> Volume:
    """Return a map of a visit on a grid of the halfway space, smoothed to its voxels.

    Parameters
    ----------
    volume : Volume
        Map of the visit, native space.
    transform : ndarray, shape (4, 4)
        From the halfway space to the visit, mm.
    grid : Grid
        Grid of the halfway space.
    """
    spacing = float(np.cbrt(grid.voxel_ml * 1000))
    return Volume(volume.antialiased(spacing).at(apply_affine(transform, grid.points())), grid.affine)


def on_grid(visit: Visit, transform: np.ndarray, grid: Grid) -> dict[str, Volume]:
    """Return the tissue maps of a visit on a grid of the halfway space.

    Parameters
    ----------
    visit : Visit
    transform : ndarray, shape (4, 4)
        From the halfway space to the visit, mm.
    grid : Grid
        Grid of the halfway space.
    """
    return {name: resampled(visit.tissues[name], transform, grid) for name in TISSUES}
