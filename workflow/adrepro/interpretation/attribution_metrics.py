"""Saliency maps by region, and the two checks of whether they say anything."""

from dataclasses import dataclass

import numpy as np
from scipy.stats import spearmanr
from sklearn.metrics import roc_auc_score

from adrepro.imaging.volumes import Volume


@dataclass(frozen=True)
class Seen:
    """Voxels (X, Y, Z) that a network sees, the brain among them, its regions, and where a disease was planted."""

    voxels: np.ndarray
    brain: np.ndarray
    labels: np.ndarray
    names: list[str]
    planted: np.ndarray | None

    @classmethod
    def of(
        cls, voxels: np.ndarray, mask: Volume, atlas: Volume, names: list[str], planted: np.ndarray | None
    ) -> "Seen":
        """On the grid of `mask`, the brain mask."""
        labels = atlas.on(mask.grid, order=0).data.round().astype(int)
        return cls(voxels, voxels & (mask.data > 0.5), labels, names, planted)

    def evened(self, maps: np.ndarray) -> np.ndarray:
        """Maps (images, X, Y, Z) of mean strength 1 over what is seen, so that all images count alike."""
        strength = np.abs(maps[:, self.voxels]).mean(axis=1)
        return maps / np.where(strength > 0, strength, 1)[:, None, None, None]


def region_rows(strength: dict[str, np.ndarray], seen: Seen) -> list[dict]:
    """How much stronger than in the rest of the seen brain each method's map is in every region, strongest first.

    Regions of which nothing is seen have no row.
    """
    rows = []
    for method, values in strength.items():
        mean = values[seen.brain].mean()
        for number, name in enumerate(seen.names, start=1):
            own = seen.brain & (seen.labels == number)
            if own.any():
                rows.append({"method": method, "region": name, "ratio": values[own].mean() / mean, "voxels": own.sum()})
    return sorted(rows, key=lambda row: (row["method"], -np.nan_to_num(row["ratio"], nan=-1.0), row["region"]))


def check_rows(strength: dict[str, np.ndarray], random: dict[str, np.ndarray], seen: Seen) -> list[dict]:
    """The two checks of each method, over the seen brain.

    `correlation` is Spearman's of the trained networks' map with a random one's. Of both, `planted_ratio` says how much
    stronger the map is in the planted region than in the seen brain, `planted_auc` how well it tells the region's
    voxels from the others (0.5 is chance); `inside_brain` is the share of the map inside the brain.
    """
    rows = []
    for method, values in strength.items():
        defined = np.isfinite(values[seen.brain]).all() and np.ptp(values[seen.brain]) > 0
        comparable = defined and np.ptp(random[method][seen.brain]) > 0
        correlation = spearmanr(values[seen.brain], random[method][seen.brain])[0] if comparable else np.nan
        for weights, found in (("trained", values), ("random", random[method])):
            row = {"method": method, "weights": weights, "correlation": correlation}
            row["inside_brain"] = found[seen.brain].sum() / max(found[seen.voxels].sum(), 1e-12)
            row |= {"planted_ratio": np.nan, "planted_auc": np.nan}
            own = seen.planted & seen.brain if seen.planted is not None else None
            if own is not None and own.any() and np.isfinite(found[seen.brain]).all() and found[seen.brain].sum() > 0:
                row["planted_ratio"] = found[own].mean() / found[seen.brain].mean()
                row["planted_auc"] = roc_auc_score(own[seen.brain], found[seen.brain])
            rows.append(row)
    return rows
