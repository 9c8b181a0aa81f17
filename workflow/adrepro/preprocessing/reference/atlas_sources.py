"""Parcellations from elsewhere: a user's label image and table, or an atlas that nilearn downloads."""

import re
from pathlib import Path

import numpy as np
import pandas as pd

from adrepro.core.errors import UserError, raise_all
from adrepro.core.files import read_table
from adrepro.imaging.volumes import Volume, load

MIN_COVERED = 0.1  # share of the template's grey matter that an atlas must label at least
# What nilearn's atlases are, where from, and under which terms.
ORIGINS = {
    "aal": {
        "space": "MNI152 (Colin 27)",
        "licence": "free for research, see its authors' site",
        "citation": "Tzourio-Mazoyer et al. 2002, NeuroImage 15:273",
    },
    "harvard-oxford": {
        "space": "MNI152NLin6Asym",
        "licence": "FSL, non-commercial",
        "citation": "Desikan et al. 2006, NeuroImage 31:968",
    },
    "schaefer2018": {
        "space": "MNI152NLin6Asym",
        "licence": "MIT; its subcortical companion (Harvard-Oxford) FSL, non-commercial",
        "citation": "Schaefer et al. 2018, Cerebral Cortex 28:3095; Desikan et al. 2006, NeuroImage 31:968",
    },
}
INDEX, MAX_LABEL = re.compile("[0-9]{1,7}"), 9_999_999
NOT_GREY = ("white matter", "ventric", "cerebral cortex", "background", "brain-stem")


def whole_labels(volume: Volume, name: str) -> Volume:
    """The volume as integers; an image that holds anything else is no label image."""
    labels = np.rint(volume.data)
    if (
        volume.data.ndim != 3
        or not np.isfinite(labels).all()
        or labels.max() > MAX_LABEL
        or np.abs(labels - volume.data).max() > 1e-3
        or labels.max() < 1
        or labels.min() < 0
    ):
        raise UserError(f"{name}: expected a three-dimensional image of whole labels from 0 up; give a label image")
    return volume.like(labels.astype(np.int32))


def read_names(table: Path | None, labels: Volume) -> pd.DataFrame:
    """Columns `index name`, in the table's order; without a table, `region_<label>` for each label of the image."""
    present = set(np.unique(labels.data).tolist()) - {0}
    if table is None:
        digits = len(str(max(present)))
        return pd.DataFrame([(k, f"region_{k:0{digits}d}") for k in sorted(present)], columns=["index", "name"])
    try:
        rows = read_table(table, whole=False)
    except (OSError, UserError) as error:
        raise UserError(f"{table.name}: not a readable TSV ({error}); expected the columns index and name") from None
    missing = [column for column in ("index", "name") if column not in rows]
    if missing:
        raise UserError(f"{table.name}: no column {', '.join(missing)}; expected tab-separated index and name")
    problems = [
        f"index {value!r} is not a whole number from 0 to 9999999"
        for value in rows["index"]
        if not INDEX.fullmatch(value)
    ]
    problems += [f"index {value} appears twice" for value in sorted(set(rows["index"][rows["index"].duplicated()]))]
    problems += [f"index {value}: has no name" for value in rows["index"][rows["name"] == ""]]
    problems += [f"name {value!r} appears twice" for value in sorted(set(rows["name"][rows["name"].duplicated()]))]
    raise_all(problems, table.name)
    rows = rows.assign(index=rows["index"].astype(int))
    unnamed = sorted(present - set(rows["index"]))
    if unnamed:
        raise UserError(f"{table.name}: the image also holds the labels {', '.join(map(str, unnamed[:10]))}; name them")
    return rows.loc[rows["index"] > 0, ["index", "name"]]


def adopt(labels: Volume, names: pd.DataFrame, grey_matter: Volume, source: str) -> tuple[Volume, pd.DataFrame]:
    """The atlas on the grid of the template's grey matter, its regions numbered 1, 2, ... in the order of `names`.

    The last region, `unassigned`, is grey matter without a label. Nearest neighbour, in world millimetres.

    Raises
    ------
    UserError
        If the atlas labels nearly nothing of the template's grey matter, as one in another space does.
    """
    number = np.zeros(max(int(labels.data.max()), int(names["index"].max())) + 1, dtype=np.int16)
    number[names["index"]] = np.arange(1, len(names) + 1)
    found = labels.like(number[labels.data]).on(grey_matter.grid, order=0).data
    grey = grey_matter.data > 0.5
    covered = float((found[grey] > 0).mean())
    if covered < MIN_COVERED:
        raise UserError(f"{source}: labels {covered:.0%} of the template's grey matter; is it in MNI millimetres?")
    found = np.where(grey & (found == 0), len(names) + 1, found).astype(np.int16)
    table = pd.DataFrame({"index": range(1, len(names) + 1), "name": names["name"], "label": names["index"]})
    rest = pd.DataFrame([{"index": len(names) + 1, "name": "unassigned", "label": 0}])
    print(f"{source}: {len(names)} regions, {covered:.0%} of the template's grey matter")
    return grey_matter.like(found), pd.concat([table, rest], ignore_index=True)


def from_nilearn(name: str) -> tuple[Volume, pd.DataFrame]:
    """Labels and their names of `aal`, `harvard-oxford` or `schaefer2018-<parcels>`, downloaded once by nilearn."""
    from nilearn import datasets

    try:
        if name == "aal":
            found = datasets.fetch_atlas_aal(verbose=0)
            names = pd.DataFrame({"index": [int(i) for i in found.indices], "name": list(map(str, found.labels))})
            return whole_labels(_volume(found.maps), name), names[names["index"] > 0]
        if name == "harvard-oxford":
            return _with_subcortex(*_harvard_oxford("cort"))
        found = datasets.fetch_atlas_schaefer_2018(n_rois=int(name.rpartition("-")[2]), verbose=0)
        words = [w.decode() if isinstance(w, bytes) else str(w) for w in found.labels]
        words = [w for w in words if w.lower() != "background"]
        names = pd.DataFrame({"index": range(1, len(words) + 1), "name": words})
        return _with_subcortex(whole_labels(_volume(found.maps), name), names)
    except OSError as error:  # no network, or a download that was cut
        raise UserError(
            f"atlas {name} cannot be downloaded ({type(error).__name__}); run it with a network and copy "
            "its folder nilearn_data, or set atlas: seeds, or give a label image of your own"
        ) from None


def _volume(maps: object) -> Volume:
    if isinstance(maps, str | Path):
        return load(Path(maps))
    return Volume(np.asarray(maps.dataobj, dtype=np.float32), maps.affine)  # type: ignore[attr-defined]


def _harvard_oxford(part: str) -> tuple[Volume, pd.DataFrame]:
    """Cortical (`cort`) or subcortical (`sub`) regions of each side; what is no grey matter is left out."""
    from nilearn import datasets

    found = datasets.fetch_atlas_harvard_oxford(f"{part}-maxprob-thr25-1mm", symmetric_split=part == "cort", verbose=0)
    names = pd.DataFrame({"index": range(len(found.labels)), "name": list(map(str, found.labels))})
    grey = ~names["name"].str.lower().str.contains("|".join(NOT_GREY))
    labels = whole_labels(_volume(found.maps), "harvard-oxford")
    kept = names[grey]
    return labels.like(np.where(np.isin(labels.data, kept["index"]), labels.data, 0)), kept


def _with_subcortex(labels: Volume, names: pd.DataFrame) -> tuple[Volume, pd.DataFrame]:
    """Add the subcortical regions of Harvard-Oxford where the atlas has no label."""
    deep, deep_names = _harvard_oxford("sub")
    offset = int(labels.data.max())
    below = deep.on(labels.grid, order=0).data
    both = np.where((labels.data == 0) & (below > 0), below + offset, labels.data)
    more = deep_names.assign(index=deep_names["index"] + offset)
    return labels.like(both), pd.concat([names, more], ignore_index=True)
