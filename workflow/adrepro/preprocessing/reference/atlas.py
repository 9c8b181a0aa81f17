"""The built-in parcellation: grey matter of the template, parcelled by the nearest of published ROI coordinates.

Seeds are the 300 coordinates of Seitzman et al. 2020 (NeuroImage 206:116290) inside nilearn, with their anatomical
names. They are points, not borders: a parcel is the grey matter nearest to its seed.
"""

from pathlib import Path

import numpy as np
import pandas as pd
from scipy.spatial import cKDTree

from adrepro.core import step
from adrepro.core.files import write_json, write_table
from adrepro.imaging.grids import Grid
from adrepro.imaging.volumes import Volume, load, save
from adrepro.preprocessing.reference import atlas_sources

SUBCORTICAL = ("hippocampus", "amygdala", "thalamus", "basalGanglia")
DEEP_NUCLEI = ("thalamus", "basal_ganglia")
DEEP_RADIUS_MM, DEEP_EDGE_MM = 9.0, 2.0
SUBCORTICAL_RADIUS_MM = 8.0
CORTICAL_RADIUS_MM = 15.0
NAMES = {"basalGanglia": "basal_ganglia", "cortexL": "cortex", "cortexR": "cortex", "cortexMid": "cortex"}
SEEDS_CITATION = "Seitzman et al. 2020, NeuroImage 206:116290"
NOTE = "seed parcel (grey matter nearest to a published coordinate), not an anatomical border"


def read_seeds() -> pd.DataFrame:
    """The published coordinates: `name x y z` in MNI mm."""
    from nilearn.datasets import fetch_coords_seitzman_2018

    found = fetch_coords_seitzman_2018()
    seeds = pd.DataFrame({axis: np.asarray(found.rois[axis], dtype=float) for axis in "xyz"})
    seeds.insert(0, "name", [NAMES.get(region, region) for region in found.regions])
    return seeds


def deep_grey(grid: Grid) -> np.ndarray:
    """Where grey matter belongs to thalamus or basal ganglia, 0 to 1: about 9 mm around their coordinates."""
    seeds = read_seeds()
    centres = seeds.loc[seeds["name"].isin(DEEP_NUCLEI), ["x", "y", "z"]].to_numpy()
    points = grid.points()
    distance = cKDTree(centres).query(points.reshape(3, -1).T, distance_upper_bound=3 * DEEP_RADIUS_MM)[0]
    return (1 / (1 + np.exp(np.minimum(distance - DEEP_RADIUS_MM, 30) / DEEP_EDGE_MM))).reshape(grid.shape)


def mirror_seeds(seeds: pd.DataFrame) -> pd.DataFrame:
    """Pair each left seed with the closest right one of the same name and average them across x = 0.

    Returns `name hemisphere x y z`. Seeds within 4 mm of the midline without a partner become `midline`; a seed
    that stays alone is reflected, so that both sides always have the same parcels.
    """
    rows = []
    for name, group in seeds.groupby("name", sort=True):
        points = group[["x", "y", "z"]].to_numpy()
        left, right = points[points[:, 0] < 0], points[points[:, 0] >= 0] * [-1, 1, 1]
        distances = np.linalg.norm(left[:, None] - right[None], axis=2)
        pairs, lone_left, lone_right = [], set(range(len(left))), set(range(len(right)))
        for i, j in zip(*np.unravel_index(np.argsort(distances, axis=None), distances.shape), strict=True):
            if i in lone_left and j in lone_right and distances[i, j] < CORTICAL_RADIUS_MM:
                pairs.append((left[i] + right[j]) / 2)
                lone_left.remove(i)
                lone_right.remove(j)
        pairs += [left[i] for i in sorted(lone_left)] + [right[j] for j in sorted(lone_right)]
        for x, y, z in sorted(map(tuple, pairs), key=lambda p: (-p[1], p[2], p[0])):
            sides = (
                [("midline", 0.0)] if abs(x) < 4 and name in ("cerebellum", "cortex") else [("left", x), ("right", -x)]
            )
            rows += [(name, side, side_x, y, z) for side, side_x in sides]
    return pd.DataFrame(rows, columns=["name", "hemisphere", "x", "y", "z"])


def name_parcels(seeds: pd.DataFrame) -> list[str]:
    """Unique names such as `hippocampus_left_1`, numbered from the front to the back of each side."""
    count = seeds.groupby(["name", "hemisphere"]).cumcount() + 1
    return [f"{n}_{h}_{k}" for n, h, k in zip(seeds["name"], seeds["hemisphere"], count, strict=True)]


def assign_parcels(grey_matter: np.ndarray, grid: Grid, seeds: pd.DataFrame) -> np.ndarray:
    """Label each grey-matter voxel with the nearest seed (1, 2, ...), or `len(seeds) + 1` where none is near enough.

    Parameters
    ----------
    grey_matter : ndarray of bool, shape (X, Y, Z)
        Where the template is grey matter.
    grid : Grid
        The grid of `grey_matter`, in MNI mm.
    seeds : DataFrame
        Columns `name hemisphere x y z`. A seed serves its own side of x = 0 only.

    Returns
    -------
    ndarray of int16, shape (X, Y, Z)
        0 outside grey matter.
    """
    points = grid.points()[:, grey_matter].T
    labels = np.full(len(points), len(seeds) + 1, dtype=np.int16)
    nearest_mm = np.full(len(points), np.inf)
    side = np.sign(points[:, 0])  # the plane x = 0 belongs to neither side, so that both stay equal
    caps = np.where(seeds["name"].isin(SUBCORTICAL), SUBCORTICAL_RADIUS_MM, CORTICAL_RADIUS_MM)
    # Capped seeds (deep structures) and cortical seeds compete in one search per cap: the nearest within reach wins.
    for hemisphere, sign in (("left", -1), ("right", 1), ("midline", 0)):
        here = side == sign
        for cap in np.unique(caps):
            chosen = np.flatnonzero((caps == cap) & seeds["hemisphere"].isin([hemisphere, "midline"]))
            if not len(chosen):
                continue
            distance, index = cKDTree(seeds[["x", "y", "z"]].to_numpy()[chosen]).query(points[here])
            better = (distance <= cap) & (distance < nearest_mm[here])
            where = np.flatnonzero(here)[better]
            labels[where] = chosen[index[better]] + 1
            nearest_mm[where] = distance[better]
    parcels = np.zeros(grid.shape, dtype=np.int16)
    parcels[grey_matter] = labels
    return parcels


def make_atlas(grey_matter: Volume) -> tuple[Volume, pd.DataFrame]:
    """Parcellate a template grey-matter probability map (range 0 to 1, MNI mm) and describe the parcels."""
    seeds = mirror_seeds(read_seeds())
    labels = assign_parcels(grey_matter.data > 0.5, grey_matter.grid, seeds)
    table = seeds.assign(name=name_parcels(seeds), index=range(1, len(seeds) + 1), note=NOTE)
    rest = pd.DataFrame([{"index": len(seeds) + 1, "name": "unassigned", "note": "grey matter far from every seed"}])
    table = pd.concat([table, rest], ignore_index=True)
    return Volume(labels, grey_matter.affine), table[["index", "name", "hemisphere", "x", "y", "z", "note"]]


def atlas(gm: Path, labels: Path, table: Path, origin: Path, settings: dict, space: str, given: list[Path]) -> None:
    """Write the parcellation as a label image and its table, and where it comes from.

    `settings` is `{"name": "seeds"}`, the name of an atlas that nilearn downloads, or `{"name", "space"}` of the user's
    own, whose label image and table (if any) are in `given`.
    """
    grey, name = load(gm), settings["name"]
    if name == "seeds":
        known = {"space": space, "licence": "BSD-3-Clause (nilearn)", "citation": SEEDS_CITATION}
        volume, description = make_atlas(grey)
    elif given:
        known = {"space": settings["space"], "licence": "", "citation": ""}
        own = atlas_sources.whole_labels(load(given[0]), given[0].name)
        names = atlas_sources.read_names(given[1] if len(given) > 1 else None, own)
        volume, description = atlas_sources.adopt(own, names, grey, given[0].name)
    else:
        known = atlas_sources.ORIGINS[name if name in atlas_sources.ORIGINS else name.rpartition("-")[0]]
        volume, description = atlas_sources.adopt(*atlas_sources.from_nilearn(name), grey, name)
    save(labels, volume, dtype=np.int16)
    write_table(table, description)
    write_json(origin, {"name": name, "regions": len(description) - 1, **known})


if __name__ == "__main__":
    step.run(atlas)
