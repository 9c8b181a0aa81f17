"""Apply trained networks to the input regions of images."""

import numpy as np
import torch

from adrepro.config.settings.approaches import CnnInput
from adrepro.imaging.grids import study_grid
from adrepro.models.deep.architectures import join_copies
from adrepro.models.deep.dataset import PatchDataset
from adrepro.models.deep.input_regions import input_regions
from adrepro.models.deep.objectives import predict
from adrepro.models.deep.precision import ComputePolicy
from adrepro.models.deep.registry import build
from adrepro.models.deep.weights import Weights, jointly_trained


def region_probabilities(
    settings: CnnInput,
    resolution_mm: float,
    weights: list[Weights],
    volumes: np.ndarray,
    positions: np.ndarray,
    policy: ComputePolicy,
) -> np.ndarray:
    """Return the probability of the positive class for each input region of each image.

    Parameters
    ----------
    settings : CnnInput
        Settings that the networks were trained with.
    resolution_mm : float
        Voxel size of the study grid in mm.
    weights : list of Weights
        Weights of one network, or of one per patch in the order of the input regions.
    volumes : ndarray, shape (scans, X, Y, Z)
        Stacked images on the study grid (template space).
    positions : ndarray of int, shape (images,)
        Images to predict.
    policy : ComputePolicy
        Device and precision.

    Returns
    -------
    ndarray of float64, shape (images, regions)
        Probabilities.
    """
    boxes = input_regions(settings.kind, study_grid(resolution_mm), settings.slice_step)
    probabilities = []
    for group in jointly_trained(boxes, settings):
        copies = len(group) if settings.one_network_per_patch else 1
        own, weights = weights[:copies], weights[copies:]
        targets = np.zeros(len(positions))  # not used
        samples = PatchDataset(
            volumes, positions, targets, group, settings.intensity_scaling, settings.one_network_per_patch
        )
        network = build(settings, samples.shape, copies)
        network.load_state_dict(join_copies(own))
        policy.place(network)
        logits = predict(network, samples.load(policy.device), settings.batch_size, policy)  # (samples, copies, 2)
        probabilities.append(torch.softmax(logits, 2)[..., 1].reshape(len(positions), len(group)))
    return torch.cat(probabilities, 1).double().numpy()
