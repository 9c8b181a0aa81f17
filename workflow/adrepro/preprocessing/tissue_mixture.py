"""Tissue segmentation: a mixture of CSF, gray and white matter with local means, fitted by EM.

Each voxel is pure tissue or a mixture of two tissues of adjacent brightness (Tohka et al. 2004, NeuroImage 23:84), with
the template's tissue maps as prior. Residual bias and, in deep nuclei, myelin change the intensities of gray and white
matter over the brain, so that their means are estimated within some millimeters of every voxel (as in Rajapakse et al.
1997, IEEE TMI 16:176). Nothing is random.
"""

from dataclasses import dataclass

import numpy as np

from adrepro.config.settings.images import SegmentationSettings
from adrepro.imaging.volumes import Volume
from adrepro.preprocessing.neighborhood import LocalMean, neighbor_mean

CSF, GM, WM = range(3)
MIXTURES = ((CSF, GM), (GM, WM))
SPREADS = (0.12, 0.08, 0.06)  # initial standard deviations of CSF, GM, WM, relative to the mean of white matter
PRIOR_FLOOR = 0.01  # no tissue is impossible anywhere
TINY = np.float32(1e-20)


def mixed_priors(maps: list[np.ndarray], weight: float) -> np.ndarray:
    """Return the prior probabilities of the pure tissues and their mixtures.

    Parameters
    ----------
    maps : list of ndarray, shape (n,)
        CSF, GM and WM of the template at the voxels of the brain, 0 to 1.
    weight : float
        Power to which the maps are raised; 0 gives equal priors.

    Returns
    -------
    ndarray, shape (5, n)
        CSF, GM, WM, CSF-GM and GM-WM, with sum 1.
    """
    pure = (np.stack(maps).astype(np.float32) + PRIOR_FLOOR) ** weight
    pure /= pure.sum(axis=0)
    prior = np.concatenate([pure, [2 * np.sqrt(pure[a] * pure[b]) for a, b in MIXTURES]])
    return prior / prior.sum(axis=0)


@dataclass
class Mixture:
    """Intensity model of the tissues.

    Attributes
    ----------
    means : list of ndarray, shape (n,)
        Mean intensity of CSF, GM and WM at every voxel of the brain.
    spreads : ndarray, shape (3,)
        Their standard deviations.
    """

    means: list[np.ndarray]
    spreads: np.ndarray

    def likelihoods(self, x: np.ndarray) -> np.ndarray:
        """Return the likelihoods (5, n) of intensities `x` (n,) under the pure tissues and the mixtures.

        Parameters
        ----------
        x : ndarray, shape (n,)
            Intensities.

        Returns
        -------
        ndarray of float32, shape (5, n)
            CSF, GM, WM, then `MIXTURES`.
        """
        likelihood = np.empty((3 + len(MIXTURES), x.size), dtype=np.float32)
        for tissue in (CSF, GM, WM):
            likelihood[tissue] = _gaussian(x, self.means[tissue], self.spreads[tissue] ** 2)
        for row, (a, b) in enumerate(MIXTURES, start=3):
            # All fractions are equally likely: a uniform band between the means, as a Gaussian of the same variance.
            gap = self.means[b] - self.means[a]
            variance = (self.spreads[a] ** 2 + self.spreads[b] ** 2) / 2 + gap**2 / 12
            likelihood[row] = _gaussian(x, (self.means[a] + self.means[b]) / 2, variance)
        # Far from every mean all likelihoods vanish: darker voxels are CSF, brighter ones white matter.
        likelihood[CSF][x < self.means[CSF]] += TINY
        likelihood[WM][x > self.means[WM]] += TINY
        return likelihood

    def fractions(self, x: np.ndarray, posterior: np.ndarray) -> np.ndarray:
        """Return the fractions (3, n) of CSF, GM and WM in each voxel.

        Mixtures (`posterior`, shape (5, n)) are divided by the position of the intensity `x` (n,) between the means.

        Parameters
        ----------
        x : ndarray, shape (n,)
            Intensities.
        posterior : ndarray, shape (5, n)
            Posterior probabilities in the order of `likelihoods`.

        Returns
        -------
        ndarray, shape (3, n)
        """
        fraction = posterior[:3].copy()
        for row, (a, b) in enumerate(MIXTURES, start=3):
            brighter = np.clip((x - self.means[a]) / np.maximum(self.means[b] - self.means[a], 1e-6), 0, 1)
            fraction[a] += posterior[row] * (1 - brighter)
            fraction[b] += posterior[row] * brighter
        return fraction


def _gaussian(x: np.ndarray, mean: np.ndarray, variance: np.ndarray | float) -> np.ndarray:
    return np.exp(-0.5 * (x - mean) ** 2 / variance) / np.sqrt(variance)


def _weighted_mean(values: np.ndarray, weights: np.ndarray) -> float:
    return float((values * weights).sum(dtype=np.float64) / max(weights.sum(dtype=np.float64), 1e-9))


def segment_tissues(
    volume: Volume, inside: np.ndarray, priors: list[np.ndarray], deep: np.ndarray, settings: SegmentationSettings
) -> list[np.ndarray]:
    """Return the fractions of CSF, gray matter and white matter of a brain.

    Parameters
    ----------
    volume : Volume
        Bias-corrected T1w scan, native space, (X, Y, Z).
    inside : ndarray of bool, shape (X, Y, Z)
        Brain mask.
    priors : list of ndarray, shape (X, Y, Z)
        CSF, GM and WM of the template on the grid of the scan, with sum about 1.
    deep : ndarray, shape (X, Y, Z)
        Probability that gray matter is deep gray matter, whose mean lies between those of cortex and white matter.
    settings : SegmentationSettings
        `iterations`; `prior_weight`, the power of the priors; `local_mm`, the window of the local means; `smoothing`,
        the weight of the neighborhood (MRF-like) prior, per mm of voxel size, since a millimeter holds more neighbors
        if voxels are small.

    Returns
    -------
    list of ndarray, shape (X, Y, Z)
        CSF, GM and WM, 0 to 1, with sum 1 inside the brain and 0 outside.

    References
    ----------
    Tohka et al. 2004, NeuroImage 23:84; Rajapakse et al. 1997, IEEE TMI 16:176.
    """
    voxel_mm = volume.voxel_mm
    x = volume.data[inside].astype(np.float32)
    x /= max(float(np.median(x)), 1e-9)
    prior = mixed_priors([part[inside] for part in priors], settings.prior_weight)
    depth = deep[inside].astype(np.float32)
    local = LocalMean(inside, voxel_mm, settings.local_mm)
    neighbor_weight = 6 * settings.smoothing * float(voxel_mm.mean())
    model = initial_mixture(x, prior, depth)
    fractions: np.ndarray | None = None
    for _ in range(settings.iterations):
        posterior = model.likelihoods(x) * prior
        if fractions is not None:
            near = np.stack([neighbor_mean(_to_volume(part, inside), voxel_mm)[inside] for part in fractions])
            agreement = np.exp(neighbor_weight * near)
            posterior[:3] *= agreement
            for row, (a, b) in enumerate(MIXTURES, start=3):
                posterior[row] *= np.sqrt(agreement[a] * agreement[b])
        posterior /= np.maximum(posterior.sum(axis=0), np.float32(1e-30))
        fractions = model.fractions(x, posterior)
        model = update_mixture(x, posterior[:3], depth, local)
    assert fractions is not None  # there is at least one iteration
    return [_to_volume(part, inside) for part in fractions]


def initial_mixture(x: np.ndarray, prior: np.ndarray, depth: np.ndarray) -> Mixture:
    """Return the mixture with means of the voxels of highest prior outside deep gray matter.

    The mean of deep gray matter starts halfway between those of cortex and white matter.

    Parameters
    ----------
    x : ndarray, shape (n,)
        Intensities of the brain.
    prior : ndarray, shape (5, n)
        Prior probabilities of `mixed_priors`.
    depth : ndarray, shape (n,)
        Probability that gray matter is deep gray matter.
    """
    means = [_weighted_mean(x, (part / part.max()) ** 4 * (1 - depth)) for part in prior[:3]]
    fields = [np.full_like(x, mean) for mean in means]
    fields[GM] = means[GM] + depth * np.float32((means[WM] - means[GM]) / 2)
    return Mixture(fields, np.array(SPREADS, dtype=np.float32) * np.float32(means[WM]))


def update_mixture(x: np.ndarray, pure: np.ndarray, depth: np.ndarray, local: LocalMean) -> Mixture:
    """Return the mixture of maximum likelihood given the posteriors (M step).

    Parameters
    ----------
    x : ndarray, shape (n,)
        Intensities of the brain.
    pure : ndarray, shape (3, n)
        Posteriors of pure CSF, GM and WM.
    depth : ndarray, shape (n,)
        Probability that gray matter is deep gray matter.
    local : LocalMean
        Local mean within the brain.
    """
    cortex, nuclei = (_weighted_mean(x, pure[GM] * part) for part in (1 - depth, depth))
    gray = (cortex + depth * np.float32(nuclei - cortex)).astype(np.float32)
    white = _weighted_mean(x, pure[WM])
    means = [
        np.full_like(x, _weighted_mean(x, pure[CSF])),
        gray * local(pure[GM] * gray, x / gray, 1.0),
        local(pure[WM], x, white),
    ]
    spreads = [np.sqrt(_weighted_mean((x - mean) ** 2, part)) for mean, part in zip(means, pure, strict=True)]
    return Mixture(means, np.maximum(np.array(spreads, dtype=np.float32), np.float32(0.01 * white)))


def _to_volume(values: np.ndarray, inside: np.ndarray) -> np.ndarray:
    whole = np.zeros(inside.shape, dtype=np.float32)
    whole[inside] = values
    return whole
