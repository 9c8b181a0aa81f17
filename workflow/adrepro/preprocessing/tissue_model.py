"""Intensity model of the tissues: pure CSF, gray and white matter, and mixtures of two of adjacent brightness."""

from dataclasses import dataclass

import numpy as np

CSF, GM, WM = range(3)
MIXTURES = ((CSF, GM), (GM, WM))
PRIOR_FLOOR = 0.01  # no tissue is impossible anywhere
TINY = np.float32(1e-20)


def mixed_priors(maps: np.ndarray, weight: float) -> np.ndarray:
    """Return the prior probabilities of the pure tissues and their mixtures.

    Parameters
    ----------
    maps : ndarray, shape (3, n)
        CSF, GM and WM of the template at the voxels of the brain, 0 to 1.
    weight : float
        Power to which the maps are raised; 0 gives equal priors.

    Returns
    -------
    ndarray of float32, shape (5, n)
        CSF, GM, WM, CSF-GM and GM-WM, with sum 1.
    """
    pure = (maps.astype(np.float32) + PRIOR_FLOOR) ** weight
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

        Mixtures are divided by the position of the intensity between the means of their tissues.

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
