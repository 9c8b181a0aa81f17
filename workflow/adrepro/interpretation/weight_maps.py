"""Weights of machines back on the brain: the mean over folds as an image in the reference space."""

from pathlib import Path

import numpy as np

from adrepro.core import step
from adrepro.core.files import read_table, read_weights
from adrepro.imaging.grids import study_grid
from adrepro.imaging.volumes import Volume, load, save
from adrepro.interpretation.plot_maps import draw_maps

NO_REGIONS = ("participant_id", "session_id", "tiv_ml")


def on_regions(weights: np.ndarray, labels: np.ndarray, table: list[str], names: list[str]) -> np.ndarray:
    """The weight of each region at its voxels; `table` names the regions 1, 2, ... of `labels`, `names` the weights."""
    by_label = np.zeros(len(table) + 1)
    known = dict(zip(names, weights, strict=True))
    by_label[1:] = [known.get(name, 0.0) for name in table]
    return by_label[np.clip(labels, 0, len(table)).astype(int)]


def weight_map(
    weights: list[Path],
    features: Path,
    atlas: Path,
    atlas_table: Path,
    background: Path,
    out: Path,
    picture: Path,
    regional: bool,
    resolution_mm: float,
    simulated: bool,
) -> None:
    """Write the map of an approach and its picture; regional weights are painted on the atlas.

    What is `unassigned` has no place there.

    Weights belong to raw features: ml of grey matter of a region, or modulated grey matter of a voxel. A forest has
    importances, which tell nothing of direction.
    """
    mean = np.mean([read_weights(path)["weights"] for path in weights], axis=0)
    if not regional:
        grid = study_grid(resolution_mm)
        found = Volume(mean.reshape(grid.shape).astype(np.float32), grid.affine)
    else:
        labels, table = load(atlas), list(read_table(atlas_table)["name"])
        names = [name for name in read_table(features).columns if name not in NO_REGIONS]
        found = labels.like(on_regions(mean, labels.data, table, names).astype(np.float32))
    save(out, found)
    draw_maps({"weights, mean over folds": out}, background, picture, simulated, across=1)


if __name__ == "__main__":
    step.run(weight_map)
