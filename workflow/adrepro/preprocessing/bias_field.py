"""N4 bias field of a scan, and its removal."""

import numpy as np

from adrepro.config.settings.images import BiasField
from adrepro.imaging.volumes import Volume, isotropic_grid
from adrepro.preprocessing.registration.ants_images import ants, to_ants


def estimate_bias(volume: Volume, mask: np.ndarray, iterations: list[int], spline_mm: float) -> Volume:
    """Return the N4 bias field of a scan.

    Parameters
    ----------
    volume : Volume
        T1w scan, native space.
    mask : ndarray of bool, shape (X, Y, Z)
        Voxels that the field is estimated from.
    iterations : list of int
        Iterations per level of the spline.
    spline_mm : float
        Distance of the control points in mm.

    Returns
    -------
    Volume
        Field on the grid of `volume`, positive, with mean about 1.

    References
    ----------
    Tustison et al. 2010, IEEE TMI 29:1310.
    """
    field = ants.n4_bias_field_correction(
        to_ants(volume),
        mask=to_ants(volume.like(mask.astype(np.float32))),
        shrink_factor=1,
        convergence={"iters": iterations, "tol": 1e-4},
        spline_param=spline_mm,
        return_bias_field=True,
    )
    return volume.like(np.maximum(field.numpy(), 1e-3))


def remove_bias(scan: Volume, head: np.ndarray, small: Volume, bias: BiasField) -> tuple[Volume, Volume]:
    """Divide a scan by its N4 bias field, estimated on a coarse copy.

    Parameters
    ----------
    scan : Volume
        T1w scan, native space.
    head : ndarray of bool, shape (X, Y, Z)
        Head mask on the grid of `small`.
    small : Volume
        The scan at the resolution of registration.
    bias : BiasField
        Settings of N4.

    Returns
    -------
    scan, small : Volume
        Both corrected.
    """
    coarse = small.on(isotropic_grid(small.grid, bias.grid_mm))
    inside = small.like(head.astype(np.float32)).on(coarse.grid).data > 0.5
    field = estimate_bias(coarse, inside, bias.iterations, bias.spline_mm)
    scan, small = (v.like(v.data / np.maximum(field.on(v.grid, outside=1.0).data, 0.05)) for v in (scan, small))
    return scan, small


def bias_strength(original: Volume, corrected: Volume, brain: np.ndarray) -> float:
    """Return the standard deviation of the logarithm of the removed bias field inside the brain.

    Parameters
    ----------
    original, corrected : Volume
        T1w scan before and after the correction, native space.
    brain : ndarray of bool, shape (X, Y, Z)
        Brain mask.
    """
    inside = brain & (original.data > 0) & (corrected.data > 0)
    return round(float(np.log(original.data[inside] / corrected.data[inside]).std()), 5)
