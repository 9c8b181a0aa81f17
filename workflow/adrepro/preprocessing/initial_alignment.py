"""Where the head lies: an affine from the reference space to a scan whose header and pose are not trusted."""

import numpy as np
from scipy import ndimage
from scipy.spatial.transform import Rotation
from skimage.filters import threshold_otsu
from skimage.measure import label
from skimage.morphology import ball

from adrepro.core.errors import ScanFault
from adrepro.imaging.grids import transform
from adrepro.imaging.volumes import Volume, isotropic_grid
from adrepro.preprocessing.registration.ants_backend import register_affine

HEAD_HEIGHT_MM = 170.0  # from the vertex down; below it there is neck
OFFSET_SHARE = 0.25  # of the threshold between dark and bright: a darker background is noise, no offset
BACKGROUND_PERCENTILE = 10  # of what is dark: low, since a tight field of view has more bone than air
GOOD_CORRELATION = 0.6
COARSE_MM = 8.0
COARSE_ANGLES = (-60, -30, 0, 30, 60)  # degrees about each axis
COARSE_SHIFTS_MM = (-25, 0, 25)  # along the body
FURTHER_STARTS = 3


def largest_part(mask: np.ndarray) -> np.ndarray:
    """The largest connected part of a boolean `mask`, with its holes filled."""
    parts = label(mask)
    if parts.max() == 0:
        return mask
    sizes = np.bincount(parts.ravel())[1:]
    return ndimage.binary_fill_holes(parts == np.argmax(sizes) + 1)


def background(volume: Volume, stripped: bool) -> float:
    """Brightness of what surrounds the head, 0 where it is only noise; or the exact value around a brain."""
    if stripped:
        return float(volume.data.min())
    threshold = threshold_otsu(volume.data)
    level = float(np.percentile(volume.data[volume.data < threshold], BACKGROUND_PERCENTILE))
    return level if abs(level) > OFFSET_SHARE * abs(threshold) else 0.0


def find_head(volume: Volume) -> np.ndarray:
    """Boolean mask of what is not background, by Otsu's threshold lowered to keep dark tissue."""
    head = largest_part(volume.data > 0.5 * threshold_otsu(volume.data))
    if not 0.02 < head.mean() < 0.98:
        raise ScanFault("no head can be told from the background; look at the scan")
    return head


def start_position(volume: Volume, head: np.ndarray, template_centre: np.ndarray) -> np.ndarray:
    """Translation (4 x 4, reference mm to scan mm) that puts the top of the head on the template."""
    points = transform(volume.affine, np.argwhere(head).T.astype(np.float32))
    top = np.percentile(points[2], 99.5)
    points = points[:, points[2] > top - HEAD_HEIGHT_MM]
    start = np.eye(4)
    start[:3, 3] = points.mean(axis=1) - template_centre
    return start


def widened(mask: Volume) -> Volume:
    """The mask one voxel larger: the brain's edge is inside, skull and scalp stay out."""
    return mask.like(ndimage.binary_dilation(mask.data > 0.5, ball(1)).astype(np.float32))


def correlation(template: dict[str, Volume], moving: Volume, matrix: np.ndarray) -> float:
    """Correlation of the aligned image with the template inside its brain mask."""
    inside = template["mask"].data > 0.5
    points = template["T1w"].grid.points()[:, inside]
    values = moving.at(transform(matrix, points))
    return float(np.corrcoef(values, template["T1w"].data[inside])[0, 1]) if values.std() > 0 else 0.0


def coarse_starts(template: dict[str, Volume], small: Volume, start: np.ndarray) -> list[np.ndarray]:
    """The `FURTHER_STARTS` best of a grid of rotations and shifts about `start`, by correlation at `COARSE_MM`."""
    coarse = {name: volume.on(isotropic_grid(volume.grid, COARSE_MM)) for name, volume in template.items()}
    moving = small.antialiased(COARSE_MM)
    centre = coarse["mask"].grid.points()[:, coarse["mask"].data > 0.5].mean(axis=1)
    tried = []
    for shift_mm in COARSE_SHIFTS_MM:
        for angles in np.stack(np.meshgrid(*[COARSE_ANGLES] * 3), axis=-1).reshape(-1, 3):
            turn = np.eye(4)
            turn[:3, :3] = Rotation.from_euler("xyz", angles, degrees=True).as_matrix()
            turn[:3, 3] = centre - turn[:3, :3] @ centre + (0, 0, shift_mm)
            tried.append((correlation(coarse, moving, start @ turn), start @ turn))
    tried.sort(key=lambda found: -found[0])
    return [matrix for _, matrix in tried[:FURTHER_STARTS]]


def find_affine(template: dict[str, Volume], small: Volume, start: np.ndarray, seed: int) -> np.ndarray:
    """Affine (4 x 4, reference mm to scan mm) of a head; where the first fit is poor, turned starts are tried."""
    near = widened(template["mask"])

    def fit(matrix: np.ndarray, kinds: tuple[str, ...]) -> tuple[float, np.ndarray]:
        for kind in kinds:
            matrix = register_affine(template["T1w"], small, near, matrix, seed, kind)
        return correlation(template, small, matrix), matrix

    reached, best = fit(start, ("Affine",))
    for turned in coarse_starts(template, small, start) if reached < GOOD_CORRELATION else ():
        reached, best = max((reached, best), fit(turned, ("Rigid", "Affine")), key=lambda found: found[0])
        if reached >= GOOD_CORRELATION:
            break
    print(f"affine: correlation with the template {reached:.3f}")
    return best
