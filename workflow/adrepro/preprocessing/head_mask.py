"""Head of a scan and the background around it, by Otsu's threshold."""

import numpy as np
from scipy import ndimage
from skimage.filters import threshold_otsu
from skimage.measure import label

from adrepro.core.errors import ScanFault
from adrepro.imaging.volumes import Volume

OFFSET_FRACTION = 0.25  # of Otsu's threshold: a darker background is noise, not an offset
BACKGROUND_PERCENTILE = 10  # of the voxels below the threshold: low, since a tight field of view has more bone than air


def largest_component(mask: np.ndarray) -> np.ndarray:
    """Return the largest connected component of a boolean mask, with its holes filled.

    Parameters
    ----------
    mask : ndarray of bool, shape (X, Y, Z)

    Returns
    -------
    ndarray of bool, shape (X, Y, Z)
        `mask` itself if it is empty.
    """
    components = label(mask)
    if components.max() == 0:
        return mask
    sizes = np.bincount(components.ravel())[1:]
    return ndimage.binary_fill_holes(components == np.argmax(sizes) + 1)


def background_level(volume: Volume, stripped: bool) -> float:
    """Return the intensity of the background around the head.

    Parameters
    ----------
    volume : Volume
        T1w scan, native space.
    stripped : bool
        Whether the scan is skull-stripped.

    Returns
    -------
    float
        The minimum of a skull-stripped scan. Otherwise the offset of the background, 0 if it is only noise.
    """
    if stripped:
        return float(volume.data.min())
    threshold = threshold_otsu(volume.data)
    level = float(np.percentile(volume.data[volume.data < threshold], BACKGROUND_PERCENTILE))
    return level if abs(level) > OFFSET_FRACTION * abs(threshold) else 0.0


def find_head(volume: Volume) -> np.ndarray:
    """Return the head mask, by Otsu's threshold lowered to keep dark tissue.

    Parameters
    ----------
    volume : Volume
        T1w scan, native space.

    Returns
    -------
    ndarray of bool, shape (X, Y, Z)
        Largest component above the threshold, with its holes filled.

    Raises
    ------
    ScanFault
        If the mask is nearly empty or nearly the whole volume.
    """
    head = largest_component(volume.data > 0.5 * threshold_otsu(volume.data))
    if not 0.02 < head.mean() < 0.98:
        raise ScanFault("the head cannot be distinguished from the background; inspect the scan")
    return head
