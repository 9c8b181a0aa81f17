"""From a native scan to the minimal stream: bias field, brain mask and affine alignment to the reference space."""

from pathlib import Path

import numpy as np
from scipy import ndimage
from skimage.filters import threshold_otsu
from skimage.measure import label
from skimage.morphology import ball

from . import step
from .ants_engine import estimate_bias, register_affine, register_syn
from .errors import ScanFault
from .grids import study_grid, transform
from .mapping import Mapping, save_affine
from .scans import is_stripped, read_scan
from .volumes import Volume, isotropic_grid, load, save

HEAD_HEIGHT_MM = 170.0  # from the vertex down; below it there is neck
GOOD_CORRELATION = 0.6
# Stages and shift along the body of each attempt at the affine; most heads need the first alone.
START_ATTEMPTS = (
    (("Affine",), 0.0),
    (("Rigid", "Affine"), 0.0),
    (("Rigid", "Affine"), 25.0),
    (("Rigid", "Affine"), -25.0),
)


def largest_part(mask: np.ndarray) -> np.ndarray:
    """The largest connected part of a boolean `mask`, with its holes filled."""
    parts = label(mask)
    if parts.max() == 0:
        return mask
    sizes = np.bincount(parts.ravel())[1:]
    return ndimage.binary_fill_holes(parts == np.argmax(sizes) + 1)


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


def remove_bias(scan: Volume, head: np.ndarray, small: Volume, bias: dict) -> tuple[Volume, Volume]:
    """Divide `scan` by the N4 field estimated on a coarse copy; returns the scan and `small`, both corrected."""
    coarse = small.on(isotropic_grid(small, bias["grid_mm"]))
    inside = small.like(head.astype(np.float32)).at(coarse.grid.points()) > 0.5
    field = estimate_bias(coarse, inside, bias["iterations"], bias["spline_mm"])
    return tuple(  # type: ignore[return-value]
        v.like(v.data / np.maximum(field.at(v.grid.points(), outside=1.0), 0.05)) for v in (scan, small)
    )


def correlation(template: dict[str, Volume], moving: Volume, matrix: np.ndarray) -> float:
    """Correlation of the aligned image with the template inside its brain mask."""
    inside = template["mask"].data > 0.5
    points = template["T1w"].grid.points()[:, inside]
    values = moving.at(transform(matrix, points))
    return float(np.corrcoef(values, template["T1w"].data[inside])[0, 1]) if values.std() > 0 else 0.0


def find_affine(template: dict[str, Volume], small: Volume, start: np.ndarray, seed: int) -> np.ndarray:
    """Affine (4 x 4, reference mm to scan mm) of a whole head; further starts are tried while the fit is poor."""
    near, best, reached = widened(template["mask"]), start, -1.0
    for kinds, shift_mm in START_ATTEMPTS:
        matrix = start.copy()
        matrix[2, 3] += shift_mm
        for kind in kinds:
            matrix = register_affine(template["T1w"], small, near, matrix, seed, kind)
        fit = correlation(template, small, matrix)
        best, reached = (matrix, fit) if fit > reached else (best, reached)
        if reached >= GOOD_CORRELATION:
            break
    print(f"affine: correlation with the template {reached:.3f}")
    return best


def extract_brain(
    small: Volume, template: dict[str, Volume], affine: np.ndarray, iterations: list[int], seed: int
) -> Mapping:
    """Coarse SyN of the template to the whole head, looking only near the brain."""
    return register_syn(template["T1w"], small, affine, iterations, seed, widened(template["mask"]))


def widened(mask: Volume) -> Volume:
    """The mask one voxel larger: the brain's edge is inside, skull and scalp stay out."""
    return mask.like(ndimage.binary_dilation(mask.data > 0.5, ball(1)).astype(np.float32))


def carry_mask(mapping: Mapping, template_mask: Volume, scan: Volume) -> np.ndarray:
    """The template's brain mask on the scan's grid, boolean."""
    return largest_part(template_mask.at(mapping.to_reference(scan.grid.points())) > 0.5)


def align(
    t1w: Path,
    reference: Path,
    corrected: Path,
    mask: Path,
    affine: Path,
    preproc: Path,
    settings: dict,
    resolution_mm: float,
    seed: int,
) -> None:
    """Write the bias-corrected scan and brain mask (native) and the affinely aligned scan on the study grid."""
    scan, _ = read_scan(t1w)
    stripped = is_stripped(scan)
    template = {name: load(reference / f"{name}.nii.gz") for name in ("T1w", "mask")}
    brain_points = template["T1w"].grid.points()[:, template["mask"].data > 0.5]
    small = scan.on(isotropic_grid(scan, settings["working_mm"]))
    head = small.data > small.data.min() if stripped else find_head(small)
    scan, small = remove_bias(scan, head, small, settings["bias"])
    start = start_position(small, head, brain_points.mean(axis=1))
    matrix = find_affine(template, small, start, seed)
    if stripped:
        brain = largest_part(scan.data > scan.data.min())
    else:
        mapping = extract_brain(small, template, matrix, settings["brain_iterations"], seed)
        brain = carry_mask(mapping, template["mask"], scan)
        inside = carry_mask(mapping, template["mask"], small)
        matrix = register_affine(
            template["T1w"], small.like(small.data * inside), widened(template["mask"]), matrix, seed
        )
    print(f"brain {brain.sum() * scan.grid.voxel_ml:.0f} ml, skull-stripped before: {stripped}")
    grid = study_grid(resolution_mm)
    linear = scan.antialiased(resolution_mm).at(Mapping(matrix).to_scan(grid.points()))
    save_affine(affine, matrix)
    save(corrected, scan)
    save(mask, scan.like(brain.astype(np.uint8)), dtype=np.int16)
    save(preproc, Volume(linear, grid.affine))


if __name__ == "__main__":
    step.run(align)
