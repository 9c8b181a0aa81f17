"""Deep nuclei as gray matter.

Myelin makes thalamus, pallidum and parts of the striatum as bright as white matter, so that intensities alone, and
tissue maps of templates, count much of them as white matter. Where the atlas has a nucleus, white matter is gray.
"""

import numpy as np

from adrepro.imaging.volumes import Volume


def count_nuclei(gray: np.ndarray, white: np.ndarray, nuclei: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return gray and white matter with white matter inside deep nuclei counted as gray.

    Parameters
    ----------
    gray, white : ndarray, shape (X, Y, Z)
        Tissue fractions, 0 to 1.
    nuclei : ndarray, shape (X, Y, Z)
        Fraction of each voxel that is a deep nucleus, 0 to 1.

    Returns
    -------
    gray, white : ndarray, shape (X, Y, Z)
        With the same sum.
    """
    inside = white * nuclei
    return gray + inside, white - inside


def with_nuclei(template: dict[str, Volume]) -> dict[str, Volume]:
    """Return the maps of the template with white matter inside deep nuclei counted as gray, as in scans.

    Parameters
    ----------
    template : dict of str to Volume
        `GM`, `WM` and `nuclei` among the maps of the template.
    """
    gray, white = count_nuclei(*(template[name].data for name in ("GM", "WM", "nuclei")))
    return template | {"GM": template["GM"].like(gray), "WM": template["WM"].like(white)}
