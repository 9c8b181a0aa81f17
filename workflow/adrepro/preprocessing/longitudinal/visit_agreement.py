"""Visits that show the head of one person."""

from dataclasses import dataclass

import numpy as np

from adrepro.core.errors import ScanFault
from adrepro.imaging.volumes import Volume
from adrepro.preprocessing.longitudinal.halfway_space import Visit, common_grid, on_grid, rigid_between

OVERLAP_MM = 2.0  # voxels on which visits are compared


def overlap(one: dict[str, Volume], other: dict[str, Volume]) -> float:
    """Return the Dice coefficient of gray and white matter of two visits.

    Parameters
    ----------
    one, other : dict of str to Volume
        `GM` and `WM` of both on one grid, 0 to 1.

    Returns
    -------
    float
        0 to 1.
    """
    pairs = [(one[name].data, other[name].data) for name in ("GM", "WM")]
    shared = sum(float(np.minimum(a, b).sum(dtype=np.float64)) for a, b in pairs)
    return 2 * shared / max(sum(float((a + b).sum(dtype=np.float64)) for a, b in pairs), 1e-6)


@dataclass(frozen=True)
class Agreement:
    """Visits that show one head, those of one reference visit.

    Attributes
    ----------
    between : dict of int to ndarray, shape (4, 4)
        Rigid transforms from the reference visit to each visit of its head, mm to mm, by position.
    overlaps : dict of int to float
        Overlap of every visit with the reference visit.
    """

    between: dict[int, np.ndarray]
    overlaps: dict[int, float]


def same_head(visits: list[Visit], min_overlap: float, seed: int) -> Agreement:
    """Return the visits that show the head which more than half of the visits show.

    Parameters
    ----------
    visits : list of Visit
        Visits in the order of time, at least one.
    min_overlap : float
        Overlap of gray and white matter from which two visits show one head.
    seed : int
        Random seed of ANTs.

    Returns
    -------
    Agreement
        Of the first visit alone, if there is no such head.
    """
    first = None
    for place in range(len(visits)):
        found = _agreement(visits, place, min_overlap, seed)
        if 2 * len(found.between) > len(visits):
            return found
        first = first or found
    assert first is not None
    return Agreement({0: np.eye(4)}, first.overlaps)


def _agreement(visits: list[Visit], place: int, min_overlap: float, seed: int) -> Agreement:
    """Return the visits that agree with the one at a place."""
    reference = visits[place]
    grid = common_grid([reference], [np.eye(4)], OVERLAP_MM)
    own = on_grid(reference, np.eye(4), grid)
    between, overlaps = {place: np.eye(4)}, {place: 1.0}
    for number, other in enumerate(visits):
        if number != place:
            try:
                matrix = rigid_between(reference, other, seed)
            except ScanFault:  # brains so different that nothing matches
                overlaps[number] = 0.0
                continue
            overlaps[number] = overlap(own, on_grid(other, matrix, grid))
            if overlaps[number] >= min_overlap:
                between[number] = matrix
    return Agreement(dict(sorted(between.items())), dict(sorted(overlaps.items())))
