"""Regional attribution and sanity checks (random weights, ground truth)."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy.stats import spearmanr
from sklearn.metrics import roc_auc_score

from adrepro.imaging.volumes import Volume


@dataclass(frozen=True)
class VisibleRegion:
    """Voxels that a network receives, with brain, atlas regions and ground truth. All maps are in template space.

    Attributes
    ----------
    voxels, brain : ndarray of bool, shape (X, Y, Z)
        Voxels of the input regions, and those of them inside the brain.
    labels : ndarray of int, shape (X, Y, Z)
        Atlas; region k of `names`, counted from 1, has label k.
    names : list of str
        Names of the regions.
    ground_truth : ndarray of bool, shape (X, Y, Z), or None
        Region of the simulated atrophy; None for real data.
    """

    voxels: np.ndarray
    brain: np.ndarray
    labels: np.ndarray
    names: list[str]
    ground_truth: np.ndarray | None

    @classmethod
    def of(
        cls, voxels: np.ndarray, mask: Volume, atlas: Volume, names: list[str], ground_truth: np.ndarray | None
    ) -> "VisibleRegion":
        """Return the region on the grid of the brain mask.

        Parameters
        ----------
        voxels : ndarray of bool, shape (X, Y, Z)
            Voxels of the input regions.
        mask, atlas : Volume
            Brain mask, and atlas labels (resampled to the grid of the mask), template space.
        names : list of str
            Names of the atlas regions.
        ground_truth : ndarray of bool, shape (X, Y, Z), optional
            Region of the simulated atrophy.
        """
        labels = atlas.on(mask.grid, order=0).data.round().astype(int)
        return cls(voxels, voxels & (mask.data > 0.5), labels, names, ground_truth)

    def normalize_strength(self, maps: np.ndarray) -> np.ndarray:
        """Return maps scaled to equal strength, so that all images contribute equally to a mean.

        Parameters
        ----------
        maps : ndarray, shape (images, X, Y, Z)
            Attribution maps, template space.

        Returns
        -------
        ndarray, shape (images, X, Y, Z)
            Maps with a mean absolute value of 1 over `voxels`; a map of zeros stays 0.
        """
        strength = np.abs(maps[:, self.voxels]).mean(axis=1)
        return maps / np.where(strength > 0, strength, 1)[:, None, None, None]


def region_rows(strength: Mapping[str, np.ndarray], visible: VisibleRegion) -> list[dict[str, Any]]:
    """Return the attribution of every atlas region relative to the mean of the visible brain.

    Parameters
    ----------
    strength : mapping of str to ndarray, shape (X, Y, Z)
        Mean absolute attribution by method, template space.
    visible : VisibleRegion
        Voxels that the networks receive.

    Returns
    -------
    list of dict
        Rows `method region ratio voxels`, highest ratio of a method first; without regions that are not visible.
    """
    rows = []
    for method, values in strength.items():
        mean = values[visible.brain].mean()
        for number, name in enumerate(visible.names, start=1):
            own = visible.brain & (visible.labels == number)
            if own.any():
                rows.append({"method": method, "region": name, "ratio": values[own].mean() / mean, "voxels": own.sum()})
    return sorted(rows, key=lambda row: (row["method"], -np.nan_to_num(row["ratio"], nan=-1.0), row["region"]))


def check_rows(
    strength: Mapping[str, np.ndarray], random: Mapping[str, np.ndarray], visible: VisibleRegion
) -> list[dict[str, Any]]:
    """Return two sanity checks of the attribution maps of each method: random weights and ground truth.

    Parameters
    ----------
    strength, random : mapping of str to ndarray, shape (X, Y, Z)
        Mean absolute attribution by method of the trained networks, and of networks with random weights.
    visible : VisibleRegion
        Voxels that the networks receive.

    Returns
    -------
    list of dict
        For each method a row for `trained` and one for `random` weights. `correlation` is Spearman's, between the two
        maps over the visible brain; `inside_brain` is the fraction of the attribution inside the brain;
        `ground_truth_ratio` is the mean in the region of the simulated atrophy relative to the visible brain, and
        `ground_truth_auc` the area under the ROC curve of its voxels (0.5 is chance).

    References
    ----------
    Adebayo et al. 2018
    """
    rows = []
    for method, values in strength.items():
        defined = np.isfinite(values[visible.brain]).all() and np.ptp(values[visible.brain]) > 0
        comparable = defined and np.ptp(random[method][visible.brain]) > 0
        correlation = spearmanr(values[visible.brain], random[method][visible.brain])[0] if comparable else np.nan
        for weights, found in (("trained", values), ("random", random[method])):
            row = {"method": method, "weights": weights, "correlation": correlation}
            row["inside_brain"] = found[visible.brain].sum() / max(found[visible.voxels].sum(), 1e-12)
            row |= {"ground_truth_ratio": np.nan, "ground_truth_auc": np.nan}
            own = visible.ground_truth & visible.brain if visible.ground_truth is not None else None
            if (
                own is not None
                and own.any()
                and np.isfinite(found[visible.brain]).all()
                and found[visible.brain].sum() > 0
            ):
                row["ground_truth_ratio"] = found[own].mean() / found[visible.brain].mean()
                row["ground_truth_auc"] = roc_auc_score(own[visible.brain], found[visible.brain])
            rows.append(row)
    return rows
