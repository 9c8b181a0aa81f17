"""Figure of the visits of one person: the first, the last, and the change between them."""

from pathlib import Path

import numpy as np

from adrepro.imaging.spatial_transform import SpatialTransform
from adrepro.imaging.volumes import Volume
from adrepro.preprocessing.qc_figure import BLUE, HIPPOCAMPUS_MM, ORANGE, Row, View, draw


def draw_visits(
    path: Path,
    first: Volume,
    last: Volume,
    mean: dict[str, Volume],
    first_change: np.ndarray,
    last_change: np.ndarray,
    to_template: SpatialTransform,
) -> None:
    """Write the figure: both visits with the tissues of their mean, and the logarithm of the change of volume.

    Parameters
    ----------
    path : Path
        JPEG to write.
    first, last : Volume
        T1w scans, halfway space.
    mean : dict of str to Volume
        Mean `GM`, `WM` and `CSF` of all visits, halfway space.
    first_change, last_change : ndarray, shape (X, Y, Z)
        Volume of each visit per volume of the mean.
    to_template : SpatialTransform
        Transform between template space and halfway space.
    """
    view = View.of_scan(HIPPOCAMPUS_MM, to_template)
    brain = mean["GM"].data + mean["WM"].data + mean["CSF"].data > 0.5
    change = np.log(np.maximum(last_change, 0.01) / np.maximum(first_change, 0.01)) * brain
    outlines = {BLUE: mean["GM"], ORANGE: mean["CSF"]}
    rows = [Row(scan, view, outlines) for scan in (first, last)]
    draw(path, [*rows, Row(last, view, change=last.like(change))])
