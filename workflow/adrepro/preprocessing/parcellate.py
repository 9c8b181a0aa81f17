"""Regional grey-matter volumes and mean densities of one scan."""

from pathlib import Path

import numpy as np

from adrepro.core import step
from adrepro.core.files import read_table, write_json
from adrepro.imaging.grids import transform
from adrepro.imaging.spatial_transform import load_mapping
from adrepro.imaging.volumes import Volume, load, save


def regional_volumes(labels: np.ndarray, grey_matter: np.ndarray, voxel_ml: float, count: int) -> np.ndarray:
    """Grey-matter volume in ml of regions 1 to `count`; `labels` and `grey_matter` share one grid."""
    return np.bincount(labels.ravel(), grey_matter.ravel(), minlength=count + 1)[1 : count + 1] * voxel_ml


def regional_densities(modulated: Volume, labels: Volume, count: int) -> np.ndarray:
    """Mean of the modulated grey-matter map over the voxels of each region, sampled on the grid of `labels`."""
    inside = labels.data > 0
    region = labels.data[inside].astype(int)
    # Not the points of the whole grid: most of the time of this step went there.
    values = modulated.at(transform(labels.affine, np.stack(np.nonzero(inside)).astype(np.float32)))
    voxels = np.bincount(region, minlength=count + 1)[1:]
    return np.bincount(region, values, minlength=count + 1)[1:] / np.maximum(voxels, 1)


def parcellate(
    gm: Path,
    wm: Path,
    csf: Path,
    modulated: Path,
    affine: Path,
    warp: Path,
    inverse_warp: Path,
    atlas: Path,
    atlas_table: Path,
    regions: Path,
    volumes: Path,
) -> None:
    """Carry the atlas to native space; write its labels there, and volume (ml) and density of every region."""
    labels, table = load(atlas), read_table(atlas_table)
    tissues = {name: load(path) for name, path in (("GM", gm), ("WM", wm), ("CSF", csf))}
    grey = tissues["GM"]
    inside = grey.data > 0
    points = load_mapping(affine, warp, inverse_warp).to_reference(grey.grid.points()[:, inside])
    found = labels.at(points, order=0).astype(np.int16)
    native = np.zeros(grey.data.shape, dtype=np.int16)
    # Grey matter that the template's borders miss belongs to no parcel: it is counted as unassigned.
    native[inside] = np.where(found == 0, len(table), found)
    ml = regional_volumes(native, grey.data, grey.grid.voxel_ml, len(table))
    density = regional_densities(load(modulated), labels, len(table))
    save(regions, grey.like(native), dtype=np.int16)
    write_json(volumes, regional_record(tissues, list(table["name"]), ml, density))


def regional_record(
    tissues: dict[str, Volume], names: list[str], ml: np.ndarray, density: np.ndarray
) -> dict[str, float | dict[str, float]]:
    """What the regional tables take of one scan: volumes in ml of brain, tissues and regions, and densities."""
    tissue_ml = {name: float(v.data.sum(dtype=np.float64) * v.grid.voxel_ml) for name, v in tissues.items()}
    return {
        "tiv_ml": round(sum(tissue_ml.values()), 4),
        "tissue_ml": {name: round(value, 4) for name, value in tissue_ml.items()},
        "volume_ml": {name: round(float(v), 5) for name, v in zip(names, ml, strict=True)},
        "density": {name: round(float(v), 6) for name, v in zip(names, density, strict=True)},
    }


if __name__ == "__main__":
    step.run(parcellate)
