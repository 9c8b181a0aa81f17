"""Brain mask of a whole head by the network of deepbet, which is part of its package."""

import nibabel as nib
import numpy as np
from scipy.linalg import polar

from adrepro.imaging.grids import apply_affine, study_grid
from adrepro.imaging.volumes import Volume
from adrepro.preprocessing.head_mask import largest_component

BRAIN_ML = (500, 2500)  # a mask of another volume is none
MAX_TURN_DEGREES = 20  # the network was trained on heads along the axes of the scanner
THRESHOLD = 0.5


def from_deepbet(scan: Volume) -> np.ndarray | None:
    """Return the brain mask of deepbet, with the CSF of the sulci inside.

    Parameters
    ----------
    scan : Volume
        T1w scan of a whole head, native space.

    Returns
    -------
    ndarray of bool, shape (X, Y, Z), or None
        None if the network finds no brain.

    References
    ----------
    Fisch et al. 2024, Computers in Biology and Medicine 179:108845.
    """
    # Both take seconds to import, and skull-stripped scans and the template's mask need neither.
    import torch
    from deepbet.bet import BrainExtraction

    torch.set_num_threads(1)
    axes = nib.orientations.io_orientation(scan.affine)
    straight = nib.orientations.apply_orientation(scan.data.astype(np.float32), axes)
    try:
        probability = BrainExtraction(no_gpu=True).run_model(np.ascontiguousarray(straight))
    except (AssertionError, RuntimeError, ValueError):  # no foreground, or a crop without voxels
        return None
    back = nib.orientations.ornt_transform(np.array([[0, 1], [1, 1], [2, 1]]), axes)
    brain = largest_component(nib.orientations.apply_orientation(probability, back) > THRESHOLD)
    return brain if BRAIN_ML[0] < brain.sum() * scan.grid.voxel_ml < BRAIN_ML[1] else None


def turn_degrees(matrix: np.ndarray) -> float:
    """Return the angle of the rotation within an affine.

    Parameters
    ----------
    matrix : ndarray, shape (4, 4)
        Affine from template mm to scan mm.
    """
    rotation = polar(matrix[:3, :3])[0]
    return float(np.degrees(np.arccos(np.clip((np.trace(rotation) - 1) / 2, -1, 1))))


def from_deepbet_straightened(scan: Volume, matrix: np.ndarray) -> np.ndarray | None:
    """Return the brain mask of deepbet for a head that is turned, by way of the axes of the template.

    Parameters
    ----------
    scan : Volume
        T1w scan of a whole head, native space.
    matrix : ndarray, shape (4, 4)
        Affine from template mm to scan mm.

    Returns
    -------
    ndarray of bool, shape (X, Y, Z), or None
    """
    grid = study_grid(1)
    found = from_deepbet(Volume(scan.at(apply_affine(matrix, grid.points())), grid.affine))
    if found is None:
        return None
    there = Volume(found.astype(np.float32), grid.affine)
    return largest_component(there.at(apply_affine(np.linalg.inv(matrix), scan.grid.points())) > THRESHOLD)
