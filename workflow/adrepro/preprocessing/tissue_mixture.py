"""Tissue segmentation: a mixture of CSF, gray and white matter with bias field and local means, fitted by EM.

Each voxel is pure tissue or a mixture of two tissues of adjacent brightness (Tohka et al. 2004, NeuroImage 23:84), with
the template's tissue maps as prior. A smooth bias field common to all tissues is estimated with them (Wells et al.
1996, IEEE TMI 15:429), since N4, without tissues, either leaves bias or removes contrast. What remains, such as myelin
in deep nuclei, changes gray and white matter separately: their means are estimated within some millimeters of every
voxel (as in Rajapakse et al. 1997, IEEE TMI 16:176). The model is fitted on a coarse grid first. Nothing is random.
"""

from dataclasses import dataclass

import numpy as np
from scipy import ndimage

from adrepro.config.settings.images import SegmentationSettings
from adrepro.imaging.volumes import Volume, isotropic_grid
from adrepro.preprocessing.brain_voxels import BrainVoxels
from adrepro.preprocessing.neighborhood import neighbor_mean
from adrepro.preprocessing.tissue_model import CSF, GM, MIXTURES, WM, Mixture

SPREADS = (0.12, 0.08, 0.06)  # initial standard deviations of CSF, GM, WM, relative to the mean of white matter
SURE_POWER = 16  # of the template's CSF: voxels that it is sure of, such as ventricles, give the mean of CSF
WHITE_WEIGHT = 2.0  # in the bias field, relative to gray matter, which is less uniform


@dataclass
class Estimate:
    """Parameters of the mixture: `log_bias` (n,), the logarithm of the bias field, and the model of intensities."""

    log_bias: np.ndarray
    model: Mixture


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
        `iterations` on a grid of `coarse_mm`, then `final_iterations` at the voxels of the scan; `bias_mm` and
        `local_mm`, the windows of the bias field and of the local means; `prior_weight`, the power of the priors;
        `smoothing`, the weight of the neighborhood (MRF-like) prior, per mm of voxel size, since a millimeter holds
        more neighbors if voxels are small.

    Returns
    -------
    list of ndarray, shape (X, Y, Z)
        CSF, GM and WM, 0 to 1, with sum 1 inside the brain and 0 outside.

    References
    ----------
    Tohka et al. 2004, NeuroImage 23:84; Wells et al. 1996, IEEE TMI 15:429; Rajapakse et al. 1997, IEEE TMI 16:176.
    """
    scaled = volume.like((volume.data / max(float(np.median(volume.data[inside])), 1e-9)).astype(np.float32))
    everything = [scaled, *(volume.like(part) for part in (*priors, deep))]
    grid = isotropic_grid(volume.grid, settings.coarse_mm)
    coarse_inside = volume.like(inside.astype(np.float32)).on(grid).data > 0.5
    coarse = _brain(coarse_inside, [part.on(grid) for part in everything], settings)
    fine = _brain(inside, everything, settings)
    estimate, _ = iterate(coarse, initial_estimate(coarse), None, settings.iterations)
    estimate, fractions = iterate(fine, transfer(estimate, coarse, fine), None, settings.final_iterations - 1)
    _, fractions = expectation(fine, estimate, fractions)
    return [fine.to_volume(part) for part in fractions]


def _brain(inside: np.ndarray, volumes: list[Volume], settings: SegmentationSettings) -> BrainVoxels:
    intensity, *maps, deep = (volume.data[inside].astype(np.float32) for volume in volumes)
    return BrainVoxels(inside, volumes[0].grid, intensity, np.stack(maps), deep, settings)


def iterate(
    brain: BrainVoxels, estimate: Estimate, fractions: np.ndarray | None, iterations: int
) -> tuple[Estimate, np.ndarray | None]:
    """Return the parameters and the tissue fractions (3, n) after a number of EM iterations."""
    for _ in range(iterations):
        posterior, fractions = expectation(brain, estimate, fractions)
        estimate = maximization(brain, posterior[:3], estimate.log_bias)
    return estimate, fractions


def expectation(brain: BrainVoxels, estimate: Estimate, fractions: np.ndarray | None) -> tuple[np.ndarray, np.ndarray]:
    """Return the posterior (5, n) of tissues and mixtures, and the tissue fractions (3, n) (E step).

    Parameters
    ----------
    brain : BrainVoxels
        Intensities and priors.
    estimate : Estimate
        Parameters of the mixture.
    fractions : ndarray, shape (3, n), optional
        Fractions of the last iteration, for the neighborhood prior.
    """
    x = brain.intensity * np.exp(-estimate.log_bias)
    posterior = estimate.model.likelihoods(x) * brain.prior
    if fractions is not None:
        voxel_mm = brain.grid.voxel_mm
        weight = 6 * brain.settings.smoothing * float(voxel_mm.mean())
        near = np.stack([neighbor_mean(brain.to_volume(part), voxel_mm)[brain.inside] for part in fractions])
        agreement = np.exp(weight * near)
        posterior[:3] *= agreement
        for row, (a, b) in enumerate(MIXTURES, start=3):
            posterior[row] *= np.sqrt(agreement[a] * agreement[b])
    posterior /= np.maximum(posterior.sum(axis=0), np.float32(1e-30))
    return posterior, estimate.model.fractions(x, posterior)


def initial_estimate(brain: BrainVoxels) -> Estimate:
    """Return a mixture with the means of the voxels of highest prior outside deep gray matter, without bias.

    The mean of deep gray matter starts halfway between those of cortex and white matter.

    Parameters
    ----------
    brain : BrainVoxels
        Intensities and priors.
    """
    x, depth = brain.intensity, brain.depth
    means = [_weighted_mean(x, (part / part.max()) ** 4 * (1 - depth)) for part in brain.prior[:3]]
    fields = [np.full_like(x, mean) for mean in means]
    fields[GM] = means[GM] + depth * np.float32((means[WM] - means[GM]) / 2)
    return Estimate(np.zeros_like(x), Mixture(fields, np.array(SPREADS, dtype=np.float32) * np.float32(means[WM])))


def maximization(brain: BrainVoxels, pure: np.ndarray, log_bias: np.ndarray) -> Estimate:
    """Return the parameters of highest likelihood given the posteriors (M step).

    Parameters
    ----------
    brain : BrainVoxels
        Intensities and priors.
    pure : ndarray, shape (3, n)
        Posteriors of pure CSF, GM and WM.
    log_bias : ndarray, shape (n,)
        Logarithm of the bias field of the last iteration, to which a smooth residual is added.
    """
    x = brain.intensity * np.exp(-log_bias)
    gray, white = _global_means(x, pure, brain.depth)
    weights = np.stack([pure[GM], np.float32(WHITE_WEIGHT) * pure[WM]])
    bright = np.log(np.maximum(x, 1e-3))
    residual = weights[0] * (bright - np.log(gray)) + weights[1] * (bright - np.float32(np.log(white)))
    total = weights.sum(axis=0)
    log_bias = log_bias + brain.wide(total, residual / np.maximum(total, 1e-6), 0.0)
    log_bias -= log_bias.mean()
    x = brain.intensity * np.exp(-log_bias)
    gray, white = _global_means(x, pure, brain.depth)
    sure = pure[CSF] * brain.maps[CSF] ** SURE_POWER
    means = [
        np.full_like(x, _weighted_mean(x, sure)),
        gray * brain.local(pure[GM] * gray, x / gray, 1.0),
        brain.local(pure[WM], x, white),
    ]
    weights = np.stack([sure, pure[GM], pure[WM]])
    spreads = [np.sqrt(_weighted_mean((x - mean) ** 2, part)) for mean, part in zip(means, weights, strict=True)]
    return Estimate(log_bias, Mixture(means, np.maximum(np.array(spreads, dtype=np.float32), np.float32(0.01 * white))))


def _global_means(x: np.ndarray, pure: np.ndarray, depth: np.ndarray) -> tuple[np.ndarray, float]:
    """Return the mean of gray matter (n,), from cortex to deep nuclei, and that of white matter."""
    cortex, nuclei = (_weighted_mean(x, pure[GM] * part) for part in (1 - depth, depth))
    return (cortex + depth * np.float32(nuclei - cortex)).astype(np.float32), _weighted_mean(x, pure[WM])


def _weighted_mean(values: np.ndarray, weights: np.ndarray) -> float:
    return float((values * weights).sum(dtype=np.float64) / max(weights.sum(dtype=np.float64), 1e-9))


def transfer(estimate: Estimate, coarse: BrainVoxels, fine: BrainVoxels) -> Estimate:
    """Return parameters that were estimated on a coarse grid at the voxels of a fine grid.

    Parameters
    ----------
    estimate : Estimate
        Parameters at the voxels of `coarse`.
    coarse, fine : BrainVoxels
        The brain on both grids.
    """
    # Beyond the coarse mask the nearest of its voxels counts.
    nearest = ndimage.distance_transform_edt(~coarse.inside, return_distances=False, return_indices=True)
    step, shape = np.linalg.inv(coarse.grid.affine) @ fine.grid.affine, fine.grid.shape

    def resampled(values: np.ndarray) -> np.ndarray:
        extended = coarse.to_volume(values)[tuple(nearest)]
        return ndimage.affine_transform(extended, step, output_shape=shape, order=1, mode="nearest")[fine.inside]

    means = [resampled(mean) for mean in estimate.model.means]
    return Estimate(resampled(estimate.log_bias), Mixture(means, estimate.model.spreads))
