"""QC measures of one preprocessed scan, and their check against the configured limits."""

from pathlib import Path

import numpy as np
from scipy import ndimage
from skimage.metrics import structural_similarity

from adrepro.config.settings.quality import QualityLimits
from adrepro.core.files import write_json
from adrepro.imaging.grids import Grid, apply_affine
from adrepro.imaging.volumes import Volume

MIN_VOXELS = 10  # fewer give no measure
PURE_TISSUE = 0.9  # probability from which a voxel counts for the contrast


def dice(a: np.ndarray, b: np.ndarray) -> float:
    """Return the Dice coefficient of two boolean masks of equal shape.

    Parameters
    ----------
    a, b : ndarray of bool, shape (X, Y, Z)

    Returns
    -------
    float
    """
    return float(2 * (a & b).sum() / max(a.sum() + b.sum(), 1))


def template_similarity(image: np.ndarray, template: np.ndarray, inside: np.ndarray) -> dict[str, float]:
    """Return the similarity of an aligned image and the template.

    Parameters
    ----------
    image, template : ndarray, shape (X, Y, Z)
        Intensities on one grid, template space.
    inside : ndarray of bool, shape (X, Y, Z)
        Voxels to compare.

    Returns
    -------
    dict of str to float
        `template_correlation` (Pearson); `structural_similarity` (mean over windows of 7 voxels, after both images are
        scaled to mean 0 and standard deviation 1); `sharpness` (standard deviation of the detail that a Gaussian of one
        voxel removes, relative to the template: 1 for an equally sharp image, 0.4 after such a blur). All are 0 for an
        image without contrast.
    """
    if inside.sum() < MIN_VOXELS or image[inside].std() == 0:
        return {"template_correlation": 0.0, "structural_similarity": 0.0, "sharpness": 0.0}
    scaled = [np.where(inside, (v - v[inside].mean()) / v[inside].std(), 0) for v in (image, template)]
    _, local = structural_similarity(*scaled, data_range=4.0, full=True)
    deep = ndimage.binary_erosion(inside, iterations=2)
    detail = [(v - ndimage.gaussian_filter(v, 1))[deep].std() for v in scaled]
    return {
        "template_correlation": float(np.corrcoef(image[inside], template[inside])[0, 1]),
        "structural_similarity": float(local[inside].mean()),
        "sharpness": float(detail[0] / detail[1]),
    }


def coverage(scan: Volume, points: np.ndarray) -> float:
    """Return the fraction of points inside the field of view of a scan.

    Parameters
    ----------
    scan : Volume
        Scan, native space.
    points : ndarray, shape (3, ...)
        World coordinates in mm, native space.
    """
    index = apply_affine(np.linalg.inv(scan.affine), points)
    size = np.array(scan.data.shape).reshape((3,) + (1,) * (points.ndim - 1))
    return float(((index > -0.5) & (index < size - 0.5)).all(axis=0).mean())


def contrast_to_noise(image: np.ndarray, gray: np.ndarray, white: np.ndarray) -> float:
    """Return the contrast-to-noise ratio of white and gray matter.

    The ratio is the difference of the means over the root of the summed variances. It is negative if gray matter is
    brighter, which no T1-weighted scan of an adult shows.

    Parameters
    ----------
    image : ndarray, shape (X, Y, Z)
        Intensities.
    gray, white : ndarray, shape (X, Y, Z)
        Tissue probabilities, 0 to 1. Voxels above 0.9 are compared.

    Returns
    -------
    float
        0 if either tissue has fewer than 10 such voxels.
    """
    values = [image[tissue > PURE_TISSUE] for tissue in (gray, white)]
    if min(map(len, values)) < MIN_VOXELS:
        return 0.0
    return float((values[1].mean() - values[0].mean()) / max(np.sqrt(values[0].var() + values[1].var()), 1e-9))


def hole_volume(mask: Volume) -> float:
    """Return the volume in ml of the holes of a brain mask.

    Parameters
    ----------
    mask : Volume
        Brain mask, 0 to 1.
    """
    boxes = ndimage.find_objects((mask.data > 0.5).astype(np.int8))
    if not boxes:
        return 0.0
    inside = mask.data[boxes[0]] > 0.5
    return float((ndimage.binary_fill_holes(inside) & ~inside).sum() * mask.grid.voxel_ml)


def warp_energy(warp: Volume, brain: Volume) -> float:
    """Return the membrane energy of a displacement field: its mean squared gradient.

    Parameters
    ----------
    warp : Volume
        Displacements in mm, (X, Y, Z, 3).
    brain : Volume
        Brain mask, in the space of the warp, 0 to 1.

    Returns
    -------
    float
        Sum of the nine squared partial derivatives, mean over the brain; no unit.
    """
    inside = brain.on(Grid(warp.data.shape[:3], warp.affine)).data > 0.5
    if not inside.any():
        return 0.0
    gradients = np.gradient(warp.data, *map(float, warp.voxel_mm), axis=(0, 1, 2))
    return float(sum((part[inside] ** 2).sum(axis=-1).mean() for part in gradients))


def out_of_range(measures: dict[str, float], limits: QualityLimits) -> list[str]:
    """Return one sentence for every measure outside its accepted range.

    Parameters
    ----------
    measures : dict of str to float
        QC measures by name. Imported derivatives lack some of them, which are not checked.
    limits : QualityLimits
        Accepted range of each measure.
    """
    return [
        f"{name} is {measures[name]:.3g}, expected {accepted[0]:g} to {accepted[1]:g}"
        for name, accepted in limits
        if accepted and name in measures and not accepted[0] <= measures[name] <= accepted[1]
    ]


def write_verdict(path: Path, measures: dict[str, float], limits: QualityLimits) -> None:
    """Write the QC record of one scan.

    Parameters
    ----------
    path : Path
        JSON to write: `verdict` (`pass` or `fail`), `reasons`, and `measures` by name.
    measures : dict of str to float
        QC measures by name.
    limits : QualityLimits
        Accepted range of each measure; a scan outside fails.
    """
    reasons = out_of_range(measures, limits)
    rounded = {name: round(float(value), 5) for name, value in measures.items()}
    write_json(path, {"verdict": "fail" if reasons else "pass", "reasons": reasons, "measures": rounded})
    print(rounded, reasons)
