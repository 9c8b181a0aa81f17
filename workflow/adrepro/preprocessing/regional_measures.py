"""Regional volumes and gray-matter densities of one scan."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import pandas as pd

from adrepro.core.files import write_json
from adrepro.core.tables import write_table
from adrepro.imaging.grids import apply_affine
from adrepro.imaging.volumes import Volume

# Columns of their own, by the names of their regions in the default atlas and in tables of FreeSurfer.
STRUCTURES = {
    "left_hippocampus_ml": ("Left hippocampus",),
    "right_hippocampus_ml": ("Right hippocampus",),
    "lateral_ventricles_ml": ("Left lateral ventricle", "Right lateral ventricle"),  # without temporal horns
}


def regional_volumes(labels: np.ndarray, tissue: np.ndarray, voxel_ml: float, count: int) -> np.ndarray:
    """Return the volume of a tissue in each region.

    Parameters
    ----------
    labels : ndarray of int, shape (X, Y, Z)
        Region of each voxel, 0 for none.
    tissue : ndarray, shape (X, Y, Z)
        Tissue probability on the grid of `labels`, 0 to 1.
    voxel_ml : float
        Volume of one voxel in ml.
    count : int
        Number of regions; their labels are 1 to `count`.

    Returns
    -------
    ndarray, shape (count,)
        Volumes in ml.
    """
    return np.bincount(labels.ravel(), tissue.ravel(), minlength=count + 1)[1 : count + 1] * voxel_ml


def label_image(labels: Volume, points: np.ndarray, inside: np.ndarray) -> np.ndarray:
    """Return the labels of an atlas on the grid of a scan, int16, shape (X, Y, Z).

    Parameters
    ----------
    labels : Volume
        Atlas labels, template space.
    points : ndarray, shape (3, n)
        Template points in mm of the voxels that are `inside`.
    inside : ndarray of bool, shape (X, Y, Z)
        Voxels to label; others are 0.
    """
    native = np.zeros(inside.shape, dtype=np.int16)
    native[inside] = labels.at(points, order=0)
    return native


def tissue_in_regions(labels: np.ndarray, maps: dict[str, Volume], table: pd.DataFrame) -> np.ndarray:
    """Return the volume in ml of each region: of gray matter, or of CSF in ventricles.

    Parameters
    ----------
    labels : ndarray of int, shape (X, Y, Z)
        Region of each voxel, 0 for none.
    maps : dict of str to Volume
        `GM` and `CSF` on the grid of `labels`, 0 to 1.
    table : DataFrame
        Regions 1, 2, ... with the column `tissue`.

    Returns
    -------
    ndarray, shape (n_regions,)
    """
    gray, csf = (regional_volumes(labels, maps[t].data, maps[t].grid.voxel_ml, len(table)) for t in ("GM", "CSF"))
    return np.where(table["tissue"] == "GM", gray, csf)


def structure_volumes(by_region: Mapping[str, float]) -> dict[str, float]:
    """Return the volumes in ml of hippocampi and lateral ventricles, as far as their regions are known.

    Parameters
    ----------
    by_region : mapping of str to float
        Volume in ml by the name of the region, as the default atlas names it.

    Returns
    -------
    dict of str to float
        Volume in ml by key of `STRUCTURES`.
    """
    known = {key: [by_region[name] for name in names if name in by_region] for key, names in STRUCTURES.items()}
    return {key: float(sum(parts)) for key, parts in known.items() if parts}


def regional_densities(modulated: Volume, labels: Volume, count: int) -> np.ndarray:
    """Return the mean of the modulated gray-matter map in each region.

    Parameters
    ----------
    modulated : Volume
        Modulated gray matter, template space.
    labels : Volume
        Atlas labels, template space. The map is sampled on the grid of the labels.
    count : int
        Number of regions; their labels are 1 to `count`.

    Returns
    -------
    ndarray, shape (count,)
        Mean densities; 0 for a region without voxels.
    """
    inside = labels.data > 0
    region = labels.data[inside].astype(int)
    # Sample labeled voxels only: sampling the whole grid took most of the time of this step.
    values = modulated.at(apply_affine(labels.affine, np.stack(np.nonzero(inside)).astype(np.float32)))
    voxels = np.bincount(region, minlength=count + 1)[1:]
    return np.bincount(region, values, minlength=count + 1)[1:] / np.maximum(voxels, 1)


def tissue_volumes(tissues: dict[str, Volume]) -> dict[str, float]:
    """Return the volume in ml of each tissue probability map.

    Parameters
    ----------
    tissues : dict of str to Volume
        Probability maps by tissue, native space or modulated.

    Returns
    -------
    dict of str to float
        Volume in ml by tissue.
    """
    return {name: float(v.data.sum(dtype=np.float64) * v.grid.voxel_ml) for name, v in tissues.items()}


@dataclass(frozen=True)
class Morphometry:
    """Regional and tissue volumes of one scan.

    Attributes
    ----------
    names : list of str
        Names of the regions with labels 1, 2, ...
    volume_ml, density : ndarray, shape (n_regions,)
        Volume of gray matter in ml, or of CSF in ventricles, and mean of the modulated gray-matter map; NaN in
        ventricles.
    tissue_ml : dict of str to float
        Volume of each tissue in ml.
    structure_ml : dict of str to float
        Volumes in ml with a column of their own: `wmh_ml` (white-matter lesions, a part of white matter) and those of
        `structure_volumes`, as far as they are known.
    """

    names: list[str]
    volume_ml: np.ndarray
    density: np.ndarray
    tissue_ml: dict[str, float]
    structure_ml: dict[str, float] = field(default_factory=dict)

    @property
    def tiv_ml(self) -> float:
        """Total intracranial volume in ml: the sum of the tissues."""
        return sum(self.tissue_ml.values())

    def write(self, table: Path, sidecar: Path, **notes: str | bool) -> None:
        """Write the regional measures as a TSV, and the tissue volumes as its JSON sidecar.

        Parameters
        ----------
        table : Path
            TSV to write: one row per region, columns `index name volume_ml density`.
        sidecar : Path
            JSON to write: `tiv_ml`, the volumes of `structure_ml`, `tissue_ml` and the notes.
        **notes
            Further entries of the sidecar.
        """
        regions = pd.DataFrame(
            {
                "index": range(1, len(self.names) + 1),
                "name": self.names,
                "volume_ml": [round(float(v), 5) for v in self.volume_ml],
                "density": [round(float(v), 6) for v in self.density],
            }
        )
        tissues = {name: round(value, 4) for name, value in self.tissue_ml.items()}
        structures = {name: round(value, 4) for name, value in self.structure_ml.items()}
        write_json(sidecar, {"tiv_ml": round(self.tiv_ml, 4), **structures, "tissue_ml": tissues, **notes})
        write_table(table, regions)
