"""Where the networks of an approach look, averaged over test participants of each class, with two checks.

A map that stays the same when the weights are drawn anew tells nothing of what was learnt (Adebayo et al. 2018). On
simulated data it is known where the classes differ.
"""

from pathlib import Path

import numpy as np
import pandas as pd
import torch

from adrepro.core import step
from adrepro.core.files import read_array, read_json, read_table, write_table
from adrepro.imaging.grids import study_grid
from adrepro.imaging.volumes import Volume, load, save
from adrepro.interpretation.attribution import OneNetwork, grad_cam, integrated_gradients, occlusion
from adrepro.interpretation.attribution_metrics import Seen, check_rows, region_rows
from adrepro.interpretation.plot_maps import draw_maps
from adrepro.models.deep.dataset import Samples
from adrepro.models.deep.input_regions import Box, boxes_of
from adrepro.models.deep.precision import training_device
from adrepro.models.deep.registry import build
from adrepro.models.deep.trainer import make_repeatable
from adrepro.models.deep.weights import grouped, load_weights
from adrepro.models.predictions import fold_rows, select

WORDS = {"grad_cam": "Grad-CAM", "occlusion": "occlusion", "integrated_gradients": "integrated gradients"}
SIDES = ("negative", "positive")
BATCH = 8


def looked_at(rows: pd.DataFrame, per_class: int) -> pd.DataFrame:
    """The first test participants of each class, by their ids."""
    return rows[rows["split"] == "test"].groupby("target", sort=True).head(per_class).reset_index(drop=True)


def part_maps(network: OneNetwork, x: torch.Tensor, method: str, settings: dict, voxel_mm: float) -> np.ndarray:
    """Maps (B, *size) of parts `x` (B, 1, *size) by one method.

    What occlusion hides measures `occlusion_mm`, but at most a third of a part.
    """
    if method == "grad_cam":
        found = grad_cam(network, x)
    elif method == "occlusion":
        largest = min(size for size in x.shape[2:] if size > 1) // 3
        found = occlusion(
            network, x, max(2, min(round(settings["occlusion_mm"] / voxel_mm), largest)), settings["overlap"]
        )
    else:
        found = integrated_gradients(network, x, settings["steps"])
    return found[:, 0].float().cpu().numpy()


class Explained:
    """Maps of the images at `positions` by one model of a fold, put together from those of its parts."""

    def __init__(self, model: dict, volumes: np.ndarray, positions: np.ndarray, device: torch.device) -> None:
        self.settings, self.model, self.device = model["settings"], model, device
        self.volumes, self.positions = volumes, positions
        grid = study_grid(model["resolution_mm"])
        self.boxes = boxes_of(self.settings["kind"], grid, self.settings.get("slice_step", 1))
        self.voxel_mm = model["resolution_mm"]

    def maps(self, weights: list | None, methods: list[str], how: dict) -> dict[str, np.ndarray]:
        """Maps (images, X, Y, Z) by method; parts count as they vote.

        Without `weights` they are those of random networks, whose parts vote alike.
        """
        found = {name: np.zeros((len(self.positions), *self.volumes.shape[1:]), np.float32) for name in methods}
        own = iter(weights or [])
        for group in grouped(self.boxes, self.settings):
            samples = Samples(
                self.volumes, self.positions, np.zeros(len(self.positions)), group, self.settings["rescale"]
            )
            network = None
            for part, box in enumerate(group):
                if network is None or self.settings["per_position"]:
                    network = self._network(samples.shape, next(own, None))
                vote = self.model["vote_weights"][self.boxes.index(box)] if weights else 1 / len(self.boxes)
                if vote == 0:
                    continue
                numbers = [image * len(group) + part for image in range(len(self.positions))]
                for start in range(0, len(numbers), BATCH):
                    x, _ = samples.batch(numbers[start : start + BATCH], self.device)
                    for name in methods:
                        own_map = part_maps(network, x, name, how, self.voxel_mm)
                        found[name][(slice(start, start + len(x)), *self._stands_for(box))] += vote * own_map
        return found

    def _stands_for(self, box: Box) -> Box:
        """The voxels that a part speaks for: of every `slice_step`-th slice also those up to the next."""
        if self.settings["kind"] != "cnn_slice":
            return box
        return slice(box[0].start, box[0].start + self.settings["slice_step"]), box[1], box[2]

    def _network(self, size: tuple[int, ...], weights: dict | None) -> OneNetwork:
        network = build(self.settings, size, 1)
        if weights is not None:
            network.load_state_dict(weights)
        return OneNetwork(network).to(self.device)


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
    planted: list[Path],
    maps: list[Path],
    regions: Path,
    checks: Path,
    picture: Path,
    settings: dict,
    sides: dict,
    simulated: bool,
    device: str,
    torch_threads: int,
    seed: int,
) -> None:
    """Write maps, for each method of the negative class and of the positive one, summaries and a picture.

    `sides` names the labels of each class; `planted` is a mask of the simulated disease, or nothing.
    """
    make_repeatable(seed, torch_threads)
    where = training_device(device)
    packed, methods = read_array(volumes), settings["methods"]
    rows = looked_at(fold_rows(split, split, labels, 0, "baseline"), settings["per_class"])
    positions, target = select(read_table(index), rows), rows["target"].to_numpy()
    names = list(read_table(atlas_table)["name"])
    disease = load(planted[0]).data > 0.5 if planted else None
    seen = Seen.of(boxes_of_model(models[0]), load(mask), load(atlas), names, disease)
    signed = {name: np.zeros((2, *packed.shape[1:])) for name in methods}
    strength = {name: np.zeros(packed.shape[1:]) for name in methods}
    random = {name: np.zeros(packed.shape[1:]) for name in methods}
    for number, (own, model) in enumerate(zip(weights, models, strict=True)):
        explained = Explained(read_json(model), packed, positions, where)
        trained = explained.maps(load_weights(own), methods, settings)
        torch.manual_seed(seed + number)
        untrained = explained.maps(None, methods, settings) if number == 0 else {}
        for name in methods:
            even = seen.evened(trained[name])
            signed[name] += [even[target == side].sum(axis=0) / max(1, (target == side).sum()) for side in (0, 1)]
            strength[name] += np.abs(even).mean(axis=0)
            if untrained:
                random[name] = np.abs(seen.evened(untrained[name])).mean(axis=0)
        print(f"model {number + 1} of {len(models)}: {len(positions)} images by {', '.join(methods)}", flush=True)
    shown = {name: value / len(models) for name, value in signed.items()}
    write_table(regions, pd.DataFrame(region_rows(strength, seen)).round(4))
    write_table(checks, pd.DataFrame(check_rows(strength, random, seen)).round(4))
    affine = study_grid(read_json(models[0])["resolution_mm"]).affine
    wanted = [(name, side) for name in methods for side in (0, 1)]
    for path, (name, side) in zip(maps, wanted, strict=True):
        save(path, Volume(shown[name][side].astype(np.float32), affine))
    titles = [f"{WORDS[name]}, {SIDES[side]}: {sides[SIDES[side]]}" for name, side in wanted]
    draw_maps(dict(zip(titles, maps, strict=True)), background, picture, simulated, across=2)


def boxes_of_model(model: Path) -> np.ndarray:
    """What the networks of a model see, as a flag per voxel of the study grid."""
    known = read_json(model)
    grid = study_grid(known["resolution_mm"])
    flags = np.zeros(grid.shape, bool)
    for box in boxes_of(known["settings"]["kind"], grid, known["settings"].get("slice_step", 1)):
        flags[box] = True
    return flags


if __name__ == "__main__":
    step.run(explain)
