"""Measures of one preprocessed scan that say whether its maps can be trusted, and the verdict on them."""

import numpy as np
from scipy import ndimage
from skimage.metrics import structural_similarity

from adrepro.imaging.grids import transform
from adrepro.imaging.volumes import Volume


def overlap(a: np.ndarray, b: np.ndarray) -> float:
    """Dice coefficient of two boolean masks."""
    return float(2 * (a & b).sum() / max(a.sum() + b.sum(), 1))


def agreement(image: np.ndarray, template: np.ndarray, inside: np.ndarray) -> dict[str, float]:
    """How alike an aligned image and the template are inside a boolean mask, all on one grid.

    `template_correlation` is Pearson's; `structural_similarity` compares 7-voxel windows after both images are
    scaled to the same mean and standard deviation; `sharpness` is what a blur of one voxel takes away, relative to the
    template: 1 for an image as sharp as it, 0.4 after that blur.
    """
    if inside.sum() < 10 or image[inside].std() == 0:
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
    """Share of `points` (3, ...), in scan mm, that lie inside the scan's field of view."""
    index = transform(np.linalg.inv(scan.affine), points)
    size = np.array(scan.data.shape).reshape((3,) + (1,) * (points.ndim - 1))
    return float(((index > -0.5) & (index < size - 0.5)).all(axis=0).mean())


def contrast(image: np.ndarray, grey: np.ndarray, white: np.ndarray) -> float:
    """Contrast to noise of white against grey matter: difference of means over the root of the summed variances.

    Negative where grey matter is brighter, which no T1-weighted scan of an adult shows. Tissue counts from a
    probability of 0.9.
    """
    values = [image[tissue > 0.9] for tissue in (grey, white)]
    if min(map(len, values)) < 10:
        return 0.0
    return float((values[1].mean() - values[0].mean()) / max(np.sqrt(values[0].var() + values[1].var()), 1e-9))


def judge(measures: dict[str, float], limits: dict[str, list[float]]) -> list[str]:
    """One sentence for every measure outside its `[low, high]` in `limits`; maps from elsewhere lack some measures."""
    return [
        f"{name} is {measures[name]:.3g}, expected {low:g} to {high:g}"
        for name, (low, high) in limits.items()
        if name in measures and not low <= measures[name] <= high
    ]


def robust_z(values: np.ndarray) -> np.ndarray:
    """Distance from the median in units of the scaled median absolute deviation; zero where that vanishes."""
    centre = np.median(values)
    spread = 1.4826 * np.median(np.abs(values - centre))
    return (values - centre) / spread if spread > 0 else np.zeros_like(values)
