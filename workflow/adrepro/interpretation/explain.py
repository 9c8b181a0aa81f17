"""Attribution maps of a CNN approach, averaged over test participants of each class, with sanity checks.

Maps that stay the same with random weights do not depend on what was learned (Adebayo et al. 2018). In simulated data
the region of the difference between classes is known.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import torch

from adrepro.config.settings.analysis import SaliencySettings
from adrepro.config.settings.approaches import CnnApproach
from adrepro.core import step
from adrepro.core.files import read_array, read_json, read_table, write_table
from adrepro.imaging.grids import study_grid
from adrepro.imaging.volumes import Volume, load, save
from adrepro.interpretation.attribution import SingleLogits, grad_cam, integrated_gradients, occlusion
from adrepro.interpretation.attribution_metrics import VisibleRegion, check_rows, region_rows
from adrepro.interpretation.plot_maps import draw_maps
from adrepro.models.deep.dataset import PatchDataset
from adrepro.models.deep.input_regions import Box, input_regions
from adrepro.models.deep.precision import training_device
from adrepro.models.deep.registry import build
from adrepro.models.deep.trainer import make_repeatable
from adrepro.models.deep.weights import Weights, jointly_trained, load_weights
from adrepro.models.fold_data import fold_rows, select

METHOD_NAMES = {"grad_cam": "Grad-CAM", "occlusion": "occlusion", "integrated_gradients": "integrated gradients"}
SIDES = ("negative", "positive")
BATCH = 8


def select_participants(rows: pd.DataFrame, per_class: int) -> pd.DataFrame:
    """Return the first test participants of each class, by their ids.

    Parameters
    ----------
    rows : DataFrame
        Scans of a fold, from `fold_rows`.
    per_class : int
        Largest number of participants of each class.

    Returns
    -------
    DataFrame
        The selected rows, class 0 first.
    """
    return rows[rows["split"] == "test"].groupby("target", sort=True).head(per_class).reset_index(drop=True)


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


def explain(
    volumes: Path,
    index: Path,
    split: Path,
    labels: Path,
    weights: list[Path],
    models: list[Path],
    atlas: Path,
    atlas_table: Path,
    mask: Path,
    background: Path,
    ground_truth: list[Path],
    maps: list[Path],
    regions: Path,
    checks: Path,
    picture: Path,
    settings: SaliencySettings,
    sides: dict[str, str],
    simulated: bool,
    device: str,
    torch_threads: int,
    seed: int,
) -> None:
    """Write attribution maps of a CNN approach for each method and class, with summaries and a figure.

    Maps are averaged over fold models and over test participants of each class, after scaling to equal strength.

    Parameters
    ----------
    volumes, index : Path
        Stacked images in template space, and TSV that names their scans (input).
    split, labels : Path
        Split of the task, and labels with the baseline visit of each participant (input).
    weights, models : list of Path
        Weights (safetensors) and `model.json` of each fold model (input).
    atlas, atlas_table : Path
        Atlas labels in template space, and TSV with their names (input).
    mask, background : Path
        Brain mask and T1w of the template (input).
    ground_truth : list of Path
        Mask of the simulated atrophy, template space; empty for real data (input).
    maps : list of Path
        Maps in template space, NIfTI: for each method those of the negative, then of the positive class (output).
    regions, checks : Path
        TSVs of regional attribution, and of the checks by random weights and ground truth (output).
    picture : Path
        Figure of the maps, JPEG (output).
    settings : SaliencySettings
        Methods, their settings and the number of participants.
    sides : dict of str to str
        Labels of the `negative` and `positive` class, for the figure.
    simulated : bool
        Whether to mark the figure as simulated data.
    device : str
        `auto`, `cpu` or `cuda`.
    torch_threads : int
        Threads of torch; the bytes of the maps depend on them.
    seed : int
        Seed of the random weights.
    """
    make_repeatable(seed, torch_threads)
    compute_device = training_device(device)
    stacked, methods = read_array(volumes), [str(method) for method in settings.methods]
    rows = select_participants(fold_rows(split, split, labels, 0, "baseline"), settings.per_class)
    positions, target = select(read_table(index), rows), rows["target"].to_numpy()
    names = list(read_table(atlas_table)["name"])
    records = [read_json(path) for path in models]
    atrophy = load(ground_truth[0]).data > 0.5 if ground_truth else None
    visible = VisibleRegion.of(visible_voxels(records[0]), load(mask), load(atlas), names, atrophy)
    signed = {name: np.zeros((2, *stacked.shape[1:])) for name in methods}
    strength = {name: np.zeros(stacked.shape[1:]) for name in methods}
    random = {name: np.zeros(stacked.shape[1:]) for name in methods}
    for number, (path, record) in enumerate(zip(weights, records, strict=True)):
        explained = AttributionMaps(record, stacked, positions, compute_device)
        trained = explained.maps(load_weights(path), methods, settings)
        torch.manual_seed(seed + number)
        untrained = explained.maps(None, methods, settings) if number == 0 else {}
        for name in methods:
            scaled = visible.normalize_strength(trained[name])
            signed[name] += [scaled[target == side].sum(axis=0) / max(1, (target == side).sum()) for side in (0, 1)]
            strength[name] += np.abs(scaled).mean(axis=0)
            if untrained:
                random[name] = np.abs(visible.normalize_strength(untrained[name])).mean(axis=0)
        print(f"model {number + 1} of {len(models)}: {len(positions)} images by {', '.join(methods)}", flush=True)
    write_table(regions, pd.DataFrame(region_rows(strength, visible)).round(4))
    write_table(checks, pd.DataFrame(check_rows(strength, random, visible)).round(4))
    affine = study_grid(records[0]["resolution_mm"]).affine
    titled = {}
    for path, (name, side) in zip(maps, [(name, side) for name in methods for side in (0, 1)], strict=True):
        save(path, Volume((signed[name] / len(models))[side].astype(np.float32), affine))
        titled[f"{METHOD_NAMES[name]}, {SIDES[side]}: {sides[SIDES[side]]}"] = path
    draw_maps(titled, background, picture, simulated, across=2)


if __name__ == "__main__":
    step.run(explain)
