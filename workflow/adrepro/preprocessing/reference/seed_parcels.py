"""Built-in atlas: gray matter of the template, parcellated by the nearest of published coordinates."""

import numpy as np
import pandas as pd
from scipy.spatial import cKDTree

from adrepro.imaging.grids import Grid
from adrepro.imaging.volumes import Volume

SUBCORTICAL = ("hippocampus", "amygdala", "thalamus")
SUBCORTICAL_RADIUS_MM, CORTICAL_RADIUS_MM = 8.0, 15.0
DEEP_NUCLEI = ("thalamus", "basal_ganglia")
DEEP_RADIUS_MM, DEEP_EDGE_MM = 9.0, 2.0
NAMES = {"basalGanglia": "basal_ganglia", "cortexL": "cortex", "cortexR": "cortex", "cortexMid": "cortex"}
SEEDS_CITATION = "Seitzman et al. 2020, NeuroImage 206:116290"
NOTE = "seed parcel (gray matter nearest to a published coordinate), not an anatomical border"


def read_seeds() -> pd.DataFrame:
    """Return the published coordinates.

    Returns
    -------
    DataFrame
        Columns `name x y z`, in MNI mm.

    References
    ----------
    Seitzman et al. 2020, NeuroImage 206:116290.
    """
    from nilearn.datasets import fetch_coords_seitzman_2018

    published = fetch_coords_seitzman_2018()
    seeds = pd.DataFrame({axis: np.asarray(published.rois[axis], dtype=float) for axis in "xyz"})
    seeds.insert(0, "name", [NAMES.get(region, region) for region in published.regions])
    return seeds


def deep_gray(grid: Grid) -> np.ndarray:
    """Return the probability that gray matter belongs to thalamus or basal ganglia.

    Parameters
    ----------
    grid : Grid
        Grid in MNI mm.

    Returns
    -------
    ndarray, shape (X, Y, Z)
        0 to 1; one half at 9 mm from the nearest coordinate.
    """
    seeds = read_seeds()
    centers = seeds.loc[seeds["name"].isin(DEEP_NUCLEI), ["x", "y", "z"]].to_numpy()
    points = grid.points()
    distance = cKDTree(centers).query(points.reshape(3, -1).T, distance_upper_bound=3 * DEEP_RADIUS_MM)[0]
    return (1 / (1 + np.exp(np.minimum(distance - DEEP_RADIUS_MM, 30) / DEEP_EDGE_MM))).reshape(grid.shape)


def mirror_seeds(seeds: pd.DataFrame) -> pd.DataFrame:
    """Return left-right symmetric seeds.

    Each left seed is paired with the closest right one of the same name, and both are averaged across x = 0. A seed
    without a partner is reflected, so that both sides have the same parcels. Cortical and cerebellar seeds within 4 mm
    of the midline become `midline`.

    Parameters
    ----------
    seeds : DataFrame
        Columns `name x y z`, in MNI mm.

    Returns
    -------
    DataFrame
        Columns `name hemisphere x y z`.
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
    """Return unique names such as `hippocampus_left_1`, numbered from front to back in each hemisphere.

    Parameters
    ----------
    seeds : DataFrame
        Columns `name hemisphere`, in the order of `mirror_seeds`.
    """
    count = seeds.groupby(["name", "hemisphere"]).cumcount() + 1
    return [f"{n}_{h}_{k}" for n, h, k in zip(seeds["name"], seeds["hemisphere"], count, strict=True)]


def assign_parcels(gray_matter: np.ndarray, grid: Grid, seeds: pd.DataFrame) -> np.ndarray:
    """Label each gray-matter voxel with the nearest seed.

    A seed labels voxels of its own side of x = 0, within 8 mm (hippocampus, amygdala, thalamus) or 15 mm (others).

    Parameters
    ----------
    gray_matter : ndarray of bool, shape (X, Y, Z)
        Gray matter of the template.
    grid : Grid
        Grid of `gray_matter`, in MNI mm.
    seeds : DataFrame
        Columns `name hemisphere x y z`.

    Returns
    -------
    ndarray of int16, shape (X, Y, Z)
        Number of the seed (1, 2, ...), `len(seeds) + 1` if no seed is within reach, and 0 outside gray matter.
    """
    points = grid.points()[:, gray_matter].T
    labels = np.full(len(points), len(seeds) + 1, dtype=np.int16)
    nearest_mm = np.full(len(points), np.inf)
    side = np.sign(points[:, 0])  # the plane x = 0 belongs to neither side, so that both sides stay equal
    radii = np.where(seeds["name"].isin(SUBCORTICAL), SUBCORTICAL_RADIUS_MM, CORTICAL_RADIUS_MM)
    # One search per radius: of subcortical and cortical seeds, the nearest within its radius labels a voxel.
    for hemisphere, sign in (("left", -1), ("right", 1), ("midline", 0)):
        here = side == sign
        for radius in np.unique(radii):
            chosen = np.flatnonzero((radii == radius) & seeds["hemisphere"].isin([hemisphere, "midline"]))
            if not len(chosen):
                continue
            distance, index = cKDTree(seeds[["x", "y", "z"]].to_numpy()[chosen]).query(points[here])
            better = (distance <= radius) & (distance < nearest_mm[here])
            voxels = np.flatnonzero(here)[better]
            labels[voxels] = chosen[index[better]] + 1
            nearest_mm[voxels] = distance[better]
    parcels = np.zeros(grid.shape, dtype=np.int16)
    parcels[gray_matter] = labels
    return parcels


def make_atlas(gray_matter: Volume) -> tuple[Volume, pd.DataFrame]:
    """Parcellate the gray matter of a template by the published seeds.

    Parameters
    ----------
    gray_matter : Volume
        Gray-matter probability of the template, 0 to 1, MNI mm.

    Returns
    -------
    labels : Volume
        Parcels on the grid of `gray_matter`, int16.
    table : DataFrame
        Columns `index name hemisphere x y z note`; the last row is `unassigned`, gray matter far from every seed.
    """
    seeds = mirror_seeds(read_seeds())
    labels = assign_parcels(gray_matter.data > 0.5, gray_matter.grid, seeds)
    table = seeds.assign(name=name_parcels(seeds), index=range(1, len(seeds) + 1), note=NOTE)
    rest = pd.DataFrame([{"index": len(seeds) + 1, "name": "unassigned", "note": "gray matter far from every seed"}])
    table = pd.concat([table, rest], ignore_index=True)
    return Volume(labels, gray_matter.affine), table[["index", "name", "hemisphere", "x", "y", "z", "note"]]
