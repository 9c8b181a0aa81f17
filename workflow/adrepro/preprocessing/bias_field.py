"""N4 bias field of a scan."""

import numpy as np

from adrepro.imaging.volumes import Volume
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
