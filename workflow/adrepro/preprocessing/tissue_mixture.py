"""Tissue segmentation: a mixture of CSF, grey and white matter whose means follow the place, fitted by EM.

Each voxel is pure tissue or a mixture of two neighbours in brightness (Tohka et al. 2004, NeuroImage 23:84), under the
template's tissue maps as prior. Grey and white matter have no single mean: what is left of the bias field and, in deep
nuclei, myelin make it drift, so that each mean is estimated anew within some millimetres of every voxel (the idea of
Rajapakse et al. 1997, IEEE TMI 16:176). Nothing is random.
"""

from dataclasses import dataclass

import numpy as np
from scipy import ndimage

from adrepro.imaging.volumes import Volume

CSF, GM, WM = range(3)
MIXTURES = ((CSF, GM), (GM, WM))
SPREADS = (0.12, 0.08, 0.06)  # first standard deviations of CSF, GM, WM, as shares of white matter's mean
PRIOR_FLOOR = 0.01  # no tissue is impossible anywhere
CELL_MM = 4.0  # local means are kept on cells of about this size
PSEUDO_SHARE = 0.02  # weight of the expected mean against that of a cell's own voxels
TINY = np.float32(1e-20)


class LocalMean:
    """Means of a quantity around every voxel of a mask, weighted by a Gaussian of `reach_mm` (standard deviation)."""

    def __init__(self, inside: np.ndarray, voxel_mm: np.ndarray, reach_mm: float) -> None:
        size = np.maximum(np.round(CELL_MM / voxel_mm).astype(int), 1)
        where = np.argwhere(inside).T
        self.shape = tuple(-(-np.array(inside.shape) // size))
        self.cell = np.ravel_multi_index(tuple(where // size[:, None]), self.shape)
        self.index = ((where - (size[:, None] - 1) / 2) / size[:, None]).astype(np.float32)
        self.sigma = reach_mm / (size * voxel_mm)
        self.pseudo_count = PSEUDO_SHARE * float(size.prod())

    def __call__(self, weights: np.ndarray, values: np.ndarray, expected: float) -> np.ndarray:
        """Local mean of `values` (n,) under `weights` (n,), drawn to `expected` where the weights are few."""
        total, weight = (
            ndimage.gaussian_filter(
                np.bincount(self.cell, part, minlength=int(np.prod(self.shape))).reshape(self.shape), self.sigma
            )
            for part in (weights * values, weights)
        )
        mean = (total + self.pseudo_count * expected) / (weight + self.pseudo_count)
        return ndimage.map_coordinates(mean.astype(np.float32), self.index, order=1, mode="nearest")


def neighbours(share: np.ndarray, voxel_mm: np.ndarray) -> np.ndarray:
    """Mean of the six neighbours of each voxel, nearer ones counting more; zero outside the volume."""
    found = np.zeros_like(share)
    weights = (1 / voxel_mm / (2 * np.sum(1 / voxel_mm))).astype(np.float32)
    for axis, weight in enumerate(weights):
        source, target = np.moveaxis(share, axis, 0), np.moveaxis(found, axis, 0)
        target[1:] += weight * source[:-1]
        target[:-1] += weight * source[1:]
    return found


def mixed_priors(maps: list[np.ndarray], weight: float) -> np.ndarray:
    """Prior (5, n) of CSF, GM, WM and the two mixtures from the template's maps, each (n,), to the power `weight`."""
    pure = (np.stack(maps).astype(np.float32) + PRIOR_FLOOR) ** weight
    pure /= pure.sum(axis=0)
    prior = np.concatenate([pure, [2 * np.sqrt(pure[a] * pure[b]) for a, b in MIXTURES]])
    return prior / prior.sum(axis=0)


@dataclass
class Mixture:
    """Means (n,) of each pure tissue at every voxel, and their standard deviations."""

    means: list[np.ndarray]
    spreads: np.ndarray

    def likelihoods(self, x: np.ndarray) -> np.ndarray:
        """Of intensities `x` (n,) under the pure tissues and the mixtures, (5, n)."""
        found = np.empty((3 + len(MIXTURES), x.size), dtype=np.float32)
        for tissue in (CSF, GM, WM):
            found[tissue] = _gaussian(x, self.means[tissue], self.spreads[tissue] ** 2)
        for row, (a, b) in enumerate(MIXTURES, start=3):
            # Every share is as likely: a band between the means, here a Gaussian of the same variance.
            gap = self.means[b] - self.means[a]
            variance = (self.spreads[a] ** 2 + self.spreads[b] ** 2) / 2 + gap**2 / 12
            found[row] = _gaussian(x, (self.means[a] + self.means[b]) / 2, variance)
        # Far from every mean all are impossible: darker is CSF, brighter is white matter.
        found[CSF][x < self.means[CSF]] += TINY
        found[WM][x > self.means[WM]] += TINY
        return found

    def shares(self, x: np.ndarray, posterior: np.ndarray) -> np.ndarray:
        """How much of each voxel is CSF, GM and WM (3, n): mixtures are divided by where `x` lies between the means."""
        found = posterior[:3].copy()
        for row, (a, b) in enumerate(MIXTURES, start=3):
            brighter = np.clip((x - self.means[a]) / np.maximum(self.means[b] - self.means[a], 1e-6), 0, 1)
            found[a] += posterior[row] * (1 - brighter)
            found[b] += posterior[row] * brighter
        return found


def _gaussian(x: np.ndarray, mean: np.ndarray, variance: np.ndarray | float) -> np.ndarray:
    return np.exp(-0.5 * (x - mean) ** 2 / variance) / np.sqrt(variance)


def _weighted(values: np.ndarray, weights: np.ndarray) -> float:
    return float((values * weights).sum(dtype=np.float64) / max(weights.sum(dtype=np.float64), 1e-9))


def segment_tissues(
    volume: Volume, inside: np.ndarray, priors: list[np.ndarray], deep: np.ndarray, settings: dict
) -> list[np.ndarray]:
    """CSF, GM and WM of a brain.

    Parameters
    ----------
    volume : Volume
        Bias-corrected T1w scan, (X, Y, Z).
    inside : ndarray of bool, shape (X, Y, Z)
        The brain.
    priors : list of ndarray, shape (X, Y, Z)
        The template's CSF, GM and WM on the scan's grid, adding up to about 1.
    deep : ndarray, shape (X, Y, Z)
        Where grey matter is deep grey matter, 0 to 1; its mean lies between those of cortex and white matter.
    settings : dict
        `iterations`; `prior_weight`, the power of the priors; `local_mm`, how far a local mean reaches; `smoothing`,
        the say of the neighbours per mm of voxel size: small voxels have more of them in a millimetre.

    Returns
    -------
    list of ndarray, shape (X, Y, Z)
        Shares of CSF, GM and WM, 0 to 1, adding up to 1 inside the brain; zero outside.
    """
    voxel_mm = volume.voxel_mm
    x = volume.data[inside].astype(np.float32)
    x /= max(float(np.median(x)), 1e-9)
    prior = mixed_priors([part[inside] for part in priors], settings["prior_weight"])
    depth = deep[inside].astype(np.float32)
    local = LocalMean(inside, voxel_mm, settings["local_mm"])
    say = 6 * settings["smoothing"] * float(voxel_mm.mean())
    model, shares = first_guess(x, prior, depth), None
    for _ in range(settings["iterations"]):
        posterior = model.likelihoods(x) * prior
        if shares is not None:
            near = np.stack([neighbours(_filled(share, inside), voxel_mm)[inside] for share in shares])
            agree = np.exp(say * near)
            posterior[:3] *= agree
            for row, (a, b) in enumerate(MIXTURES, start=3):
                posterior[row] *= np.sqrt(agree[a] * agree[b])
        posterior /= np.maximum(posterior.sum(axis=0), np.float32(1e-30))
        shares = model.shares(x, posterior)
        model = refitted(x, posterior[:3], depth, local)
    return [_filled(share, inside) for share in shares]  # type: ignore[union-attr]


def first_guess(x: np.ndarray, prior: np.ndarray, depth: np.ndarray) -> Mixture:
    """Means where the priors are surest, away from the deep nuclei, whose mean starts halfway to white matter."""
    means = [_weighted(x, (part / part.max()) ** 4 * (1 - depth)) for part in prior[:3]]
    fields = [np.full_like(x, mean) for mean in means]
    fields[GM] = means[GM] + depth * np.float32((means[WM] - means[GM]) / 2)
    return Mixture(fields, np.array(SPREADS, dtype=np.float32) * np.float32(means[WM]))


def refitted(x: np.ndarray, pure: np.ndarray, depth: np.ndarray, local: LocalMean) -> Mixture:
    """The mixture of greatest likelihood given the posteriors `pure` (3, n) of the pure tissues."""
    cortex, nuclei = (_weighted(x, pure[GM] * part) for part in (1 - depth, depth))
    grey = (cortex + depth * np.float32(nuclei - cortex)).astype(np.float32)
    white = _weighted(x, pure[WM])
    means = [
        np.full_like(x, _weighted(x, pure[CSF])),
        grey * local(pure[GM] * grey, x / grey, 1.0),
        local(pure[WM], x, white),
    ]
    spreads = [np.sqrt(_weighted((x - mean) ** 2, part)) for mean, part in zip(means, pure, strict=True)]
    return Mixture(means, np.maximum(np.array(spreads, dtype=np.float32), np.float32(0.01 * white)))


def _filled(values: np.ndarray, inside: np.ndarray) -> np.ndarray:
    whole = np.zeros(inside.shape, dtype=np.float32)
    whole[inside] = values
    return whole
