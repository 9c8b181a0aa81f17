"""Attribution maps of a CNN approach, averaged over test participants of each class, with sanity checks.

Maps that stay the same with random weights do not depend on what was learned (Adebayo et al. 2018). In simulated data
the region of the difference between classes is known.
"""

from pathlib import Path

import numpy as np
import pandas as pd
import torch

from adrepro.config.settings.analysis import SaliencySettings
from adrepro.core import step
from adrepro.core.arrays import read_array
from adrepro.core.files import read_json
from adrepro.core.tables import read_table, write_table
from adrepro.imaging.grids import study_grid
from adrepro.imaging.volumes import Volume, load, save
from adrepro.interpretation.attribution_maps import AttributionMaps, visible_voxels
from adrepro.interpretation.attribution_metrics import VisibleRegion, check_rows, region_rows
from adrepro.interpretation.plot_maps import draw_maps
from adrepro.models.deep.determinism import make_repeatable
from adrepro.models.deep.precision import training_device
from adrepro.models.deep.weights import load_weights
from adrepro.models.fold_data import fold_rows, select

METHOD_NAMES = {"grad_cam": "Grad-CAM", "occlusion": "occlusion", "integrated_gradients": "integrated gradients"}
SIDES = ("negative", "positive")


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


def explain(
    volumes: Path,
    index: Path,
    split: Path,
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
    split : Path
        TSV of task and fold, with the baseline visit of each participant; the test participants are used (input).
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
    rows = select_participants(fold_rows(split), settings.per_class)
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
