"""Initial affine from template to scan, ignoring the position and rotation in the header."""

import numpy as np
from scipy import ndimage
from scipy.spatial.transform import Rotation
from skimage.morphology import ball

from adrepro.imaging.grids import apply_affine
from adrepro.imaging.volumes import Volume, isotropic_grid
from adrepro.preprocessing.registration.ants_backend import register_affine

HEAD_HEIGHT_MM = 170.0  # from the vertex down; below it there is neck
GOOD_CORRELATION = 0.6
COARSE_MM = 8.0
COARSE_ANGLES = (-60, -30, 0, 30, 60)  # degrees about each axis
COARSE_SHIFTS_MM = (-25, 0, 25)  # along the body
FURTHER_STARTS = 3


def initial_translation(volume: Volume, head: np.ndarray, template_center: np.ndarray) -> np.ndarray:
    """Return the translation that aligns the upper part of the head with the template.

    Parameters
    ----------
    volume : Volume
        T1w scan, native space.
    head : ndarray of bool, shape (X, Y, Z)
        Head mask.
    template_center : ndarray, shape (3,)
        Center of the template's brain in mm.

    Returns
    -------
    ndarray, shape (4, 4)
        Translation from template mm to scan mm.
    """
    points = apply_affine(volume.affine, np.argwhere(head).T.astype(np.float32))
    top = np.percentile(points[2], 99.5)
    points = points[:, points[2] > top - HEAD_HEIGHT_MM]
    start = np.eye(4)
    start[:3, 3] = points.mean(axis=1) - template_center
    return start


def dilate(mask: Volume) -> Volume:
    """Return a mask dilated by one voxel, which includes the edge of the brain but neither skull nor scalp.

    Parameters
    ----------
    mask : Volume
        Brain mask, any space.

    Returns
    -------
    Volume
        On the same grid.
    """
    return mask.like(ndimage.binary_dilation(mask.data > 0.5, ball(1)).astype(np.float32))


def brain_center(mask: Volume) -> np.ndarray:
    """Return the center of a brain mask in mm, shape (3,).

    Parameters
    ----------
    mask : Volume
        Brain mask, any space.
    """
    return mask.grid.points()[:, mask.data > 0.5].mean(axis=1)


def correlation(template: dict[str, Volume], moving: Volume, matrix: np.ndarray) -> float:
    """Return the correlation of an aligned image with the template inside its brain mask.

    Parameters
    ----------
    template : dict of str to Volume
        `T1w` and `mask` of the template.
    moving : Volume
        T1w scan, native space.
    matrix : ndarray, shape (4, 4)
        Affine from template mm to scan mm.
    """
    inside = template["mask"].data > 0.5
    points = template["T1w"].grid.points()[:, inside]
    values = moving.at(apply_affine(matrix, points))
    return float(np.corrcoef(values, template["T1w"].data[inside])[0, 1]) if values.std() > 0 else 0.0


def coarse_starts(template: dict[str, Volume], small: Volume, start: np.ndarray) -> list[np.ndarray]:
    """Return the best of a grid of rotations and shifts about an initial translation, by correlation at 8 mm.

    Parameters
    ----------
    template : dict of str to Volume
        `T1w` and `mask` of the template.
    small : Volume
        T1w scan, native space.
    start : ndarray, shape (4, 4)
        Initial affine from template mm to scan mm.

    Returns
    -------
    list of ndarray, shape (4, 4)
        `FURTHER_STARTS` affines, the best first.
    """
    coarse = {name: volume.on(isotropic_grid(volume.grid, COARSE_MM)) for name, volume in template.items()}
    moving = small.antialiased(COARSE_MM)
    center = brain_center(coarse["mask"])
    candidates = []
    for shift_mm in COARSE_SHIFTS_MM:
        for angles in np.stack(np.meshgrid(*[COARSE_ANGLES] * 3), axis=-1).reshape(-1, 3):
            turn = np.eye(4)
            turn[:3, :3] = Rotation.from_euler("xyz", angles, degrees=True).as_matrix()
            turn[:3, 3] = center - turn[:3, :3] @ center + (0, 0, shift_mm)
            candidates.append((correlation(coarse, moving, start @ turn), start @ turn))
    candidates.sort(key=lambda candidate: -candidate[0])
    return [matrix for _, matrix in candidates[:FURTHER_STARTS]]


def find_affine(template: dict[str, Volume], small: Volume, start: np.ndarray, seed: int) -> np.ndarray:
    """Return the affine from template to scan; rotated starts are tried if the first fit is poor.

    Parameters
    ----------
    template : dict of str to Volume
        `T1w` and `mask` of the template.
    small : Volume
        T1w scan at the resolution of registration, native space.
    start : ndarray, shape (4, 4)
        Initial affine from template mm to scan mm.
    seed : int
        Random seed of ANTs.

    Returns
    -------
    ndarray, shape (4, 4)
        Affine from template mm to scan mm.
    """
    near = dilate(template["mask"])

    def fit(matrix: np.ndarray, kinds: tuple[str, ...]) -> tuple[float, np.ndarray]:
        for kind in kinds:
            matrix = register_affine(template["T1w"], small, near, matrix, seed, kind)
        return correlation(template, small, matrix), matrix

    reached, best = fit(start, ("Affine",))
    for turned in coarse_starts(template, small, start) if reached < GOOD_CORRELATION else ():
        reached, best = max((reached, best), fit(turned, ("Rigid", "Affine")), key=lambda fitted: fitted[0])
        if reached >= GOOD_CORRELATION:
            break
    print(f"affine: correlation with the template {reached:.3f}")
    return best
