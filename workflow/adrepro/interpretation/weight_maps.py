"""Weight maps of classical models: the mean over folds as an image in template space."""

from pathlib import Path

import numpy as np

from adrepro.core import step
from adrepro.core.arrays import read_weights
from adrepro.core.tables import read_table
from adrepro.features.regional_table import region_columns
from adrepro.imaging.grids import study_grid
from adrepro.imaging.volumes import Volume, load, save
from adrepro.interpretation.plot_maps import draw_maps


def on_regions(weights: np.ndarray, labels: np.ndarray, table: list[str], names: list[str]) -> np.ndarray:
    """Return the weight of each region at its voxels.

    Parameters
    ----------
    weights : ndarray, shape (features,)
        Weights of the regional features.
    labels : ndarray, shape (...)
        Atlas labels; 0 is background.
    table : list of str
        Names of the regions with labels 1, 2, ...
    names : list of str
        Names of the features; those that are no region of the atlas are ignored.

    Returns
    -------
    ndarray, shape (...)
        0 where a voxel is in no region, or in one without a feature.
    """
    by_label = np.zeros(len(table) + 1)
    known = dict(zip(names, weights, strict=True))
    by_label[1:] = [known.get(name, 0.0) for name in table]
    return by_label[np.clip(labels, 0, len(table)).astype(int)]


def weight_maps(
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
    """Write the weight map of a classical approach, as the mean over folds, and a figure of it.

    Parameters
    ----------
    weights : list of Path
        Weights of each fold model, safetensors (input).
    features : Path
        Regional features, whose columns name the weights (input).
    atlas, atlas_table : Path
        Atlas labels in template space, and TSV with their names (input).
    background : Path
        Template T1w, for the figure (input).
    out, picture : Path
        Weight map in template space, NIfTI, and figure, JPEG (output).
    regional : bool
        Whether the features are atlas regions; else they are voxels of the study grid.
    resolution_mm : float
        Voxel size of the study grid.
    simulated : bool
        Whether to mark the figure as simulated data.

    Notes
    -----
    Weights belong to raw features: gray matter of a region in ml, or modulated gray matter of a voxel. Those of a
    random forest are importances, which have no direction. The feature `unassigned` is in no region of the atlas and
    is left out.
    """
    mean = np.mean([read_weights(path)["weights"] for path in weights], axis=0)
    if not regional:
        grid = study_grid(resolution_mm)
        found = Volume(mean.reshape(grid.shape).astype(np.float32), grid.affine)
    else:
        labels, table = load(atlas), list(read_table(atlas_table)["name"])
        names = region_columns(read_table(features).columns)
        found = labels.like(on_regions(mean, labels.data, table, names).astype(np.float32))
    save(out, found)
    draw_maps({"weights, mean over folds": out}, background, picture, simulated, across=1)


if __name__ == "__main__":
    step.run(weight_maps)
