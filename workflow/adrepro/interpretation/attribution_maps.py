"""Attribution maps of whole images by a fold model."""

from collections.abc import Iterator
from typing import Any

import numpy as np
import torch

from adrepro.config.settings.analysis import SaliencySettings
from adrepro.config.settings.approaches import CnnApproach
from adrepro.imaging.grids import study_grid
from adrepro.interpretation.attribution import SingleLogits, grad_cam, integrated_gradients, occlusion
from adrepro.models.deep.dataset import PatchDataset
from adrepro.models.deep.input_regions import Box, input_regions
from adrepro.models.deep.registry import build
from adrepro.models.deep.weights import Weights, jointly_trained

BATCH = 8


def region_maps(
    network: SingleLogits, x: torch.Tensor, method: str, settings: SaliencySettings, voxel_mm: float
) -> np.ndarray:
    """Return attribution maps of input regions by one method.

    Parameters
    ----------
    network : SingleLogits
        From input regions to logits.
    x : Tensor, shape (B, 1, *size)
        Scaled input regions.
    method : str
        `grad_cam`, `occlusion` or `integrated_gradients`.
    settings : SaliencySettings
        Steps and overlap; the occluded cube measures `occlusion_mm`, but at most a third of an input region.
    voxel_mm : float
        Edge of the voxels.

    Returns
    -------
    ndarray of float32, shape (B, *size)
    """
    if method == "grad_cam":
        found = grad_cam(network, x)
    elif method == "occlusion":
        largest = min(size for size in x.shape[2:] if size > 1) // 3
        found = occlusion(network, x, max(2, min(round(settings.occlusion_mm / voxel_mm), largest)), settings.overlap)
    else:
        found = integrated_gradients(network, x, settings.steps)
    return found[:, 0].float().cpu().numpy()


class AttributionMaps:
    """Attribution maps of whole images by one fold model, assembled from those of its input regions.

    Parameters
    ----------
    model : dict of str to object
        `model.json` of the fold model.
    volumes : ndarray, shape (scans, X, Y, Z)
        Stacked images, template space.
    positions : ndarray of int, shape (images,)
        Positions of the images to explain in `volumes`.
    device : torch.device
    """

    def __init__(self, model: dict[str, Any], volumes: np.ndarray, positions: np.ndarray, device: torch.device) -> None:
        self.settings, self.model, self.device = CnnApproach.model_validate(model["settings"]), model, device
        self.volumes, self.positions = volumes, positions
        grid = study_grid(model["resolution_mm"])
        self.boxes = input_regions(self.settings.kind, grid, self.settings.slice_step)
        self.voxel_mm = model["resolution_mm"]

    def maps(
        self, weights: list[Weights] | None, methods: list[str], saliency: SaliencySettings
    ) -> dict[str, np.ndarray]:
        """Return the maps of all images, with input regions weighted as in the aggregation of the model.

        Parameters
        ----------
        weights : list of Weights or None
            Weights of the networks; without them the networks are random, and all input regions have equal weights.
        methods : list of str
            Attribution methods.
        saliency : SaliencySettings
            Settings of the methods.

        Returns
        -------
        dict of str to ndarray of float32, shape (images, X, Y, Z)
            Maps in template space by method.
        """
        found = {name: np.zeros((len(self.positions), *self.volumes.shape[1:]), np.float32) for name in methods}
        for samples, network, region, regions, box in self._networks(weights):
            vote = self.model["aggregation_weights"][self.boxes.index(box)] if weights else 1 / len(self.boxes)
            if vote == 0:
                continue
            numbers = [image * regions + region for image in range(len(self.positions))]
            for start in range(0, len(numbers), BATCH):
                x, _ = samples.batch(numbers[start : start + BATCH], self.device)
                for name in methods:
                    own_map = region_maps(network, x, name, saliency, self.voxel_mm)
                    found[name][(slice(start, start + len(x)), *self._target_box(box))] += vote * own_map
        return found

    def _networks(self, weights: list[Weights] | None) -> Iterator[tuple[PatchDataset, SingleLogits, int, int, Box]]:
        """Yield each input region with its dataset, its network, its position there and the number of regions."""
        own = iter(weights or [])
        for group in jointly_trained(self.boxes, self.settings):
            targets = np.zeros(len(self.positions))
            samples = PatchDataset(self.volumes, self.positions, targets, group, self.settings.intensity_scaling)
            network = None
            for region, box in enumerate(group):
                if network is None or self.settings.one_network_per_patch:
                    network = self._network(samples.shape, next(own, None))
                yield samples, network, region, len(group), box

    def _target_box(self, box: Box) -> Box:
        """Return the voxels that the map of an input region fills: a slice also fills those skipped by `slice_step`."""
        if self.settings.kind != "cnn_slice":
            return box
        return slice(box[0].start, box[0].start + self.settings.slice_step), box[1], box[2]

    def _network(self, size: tuple[int, ...], weights: Weights | None) -> SingleLogits:
        network = build(self.settings, size, 1)
        if weights is not None:
            network.load_state_dict(weights)
        return SingleLogits(network).to(self.device)


def visible_voxels(model: dict[str, Any]) -> np.ndarray:
    """Return the voxels of the study grid that are in an input region of a model.

    Parameters
    ----------
    model : dict of str to object
        `model.json` of a fold model.

    Returns
    -------
    ndarray of bool, shape (X, Y, Z)
    """
    settings = CnnApproach.model_validate(model["settings"])
    grid = study_grid(model["resolution_mm"])
    flags = np.zeros(grid.shape, bool)
    for box in input_regions(settings.kind, grid, settings.slice_step):
        flags[box] = True
    return flags
