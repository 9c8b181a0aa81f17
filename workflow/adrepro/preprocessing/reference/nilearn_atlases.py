"""Atlases downloaded by nilearn: AAL, Harvard-Oxford and Schaefer 2018."""

from pathlib import Path

import nibabel as nib
import numpy as np
import pandas as pd

from adrepro.core.errors import UserError
from adrepro.imaging.volumes import Volume, load
from adrepro.preprocessing.reference.atlas_sources import integer_labels

# Template space, license and citation of nilearn's atlases.
ORIGINS = {
    "aal": {
        "space": "MNI152 (Colin 27)",
        "license": "free for research, see its authors' site",
        "citation": "Tzourio-Mazoyer et al. 2002, NeuroImage 15:273",
    },
    "harvard-oxford": {
        "space": "MNI152NLin6Asym",
        "license": "FSL, non-commercial",
        "citation": "Desikan et al. 2006, NeuroImage 31:968",
    },
    "schaefer2018": {
        "space": "MNI152NLin6Asym",
        "license": "MIT; its subcortical companion (Harvard-Oxford) FSL, non-commercial",
        "citation": "Schaefer et al. 2018, Cerebral Cortex 28:3095; Desikan et al. 2006, NeuroImage 31:968",
    },
}
NOT_GRAY = ("white matter", "ventric", "cerebral cortex", "background", "brain-stem")


def from_nilearn(name: str) -> tuple[Volume, pd.DataFrame]:
    """Return an atlas downloaded by nilearn, which keeps a copy.

    Cortical atlases are completed by the subcortical regions of Harvard-Oxford.

    Parameters
    ----------
    name : str
        `aal`, `harvard-oxford` or `schaefer2018-<parcels>`.

    Returns
    -------
    labels : Volume
        int32 labels, MNI mm.
    names : DataFrame
        Columns `index name`.

    Raises
    ------
    UserError
        If the download failed.
    """
    from nilearn import datasets

    try:
        if name == "aal":
            found = datasets.fetch_atlas_aal(verbose=0)
            names = pd.DataFrame({"index": [int(i) for i in found.indices], "name": list(map(str, found.labels))})
            return integer_labels(_volume(found.maps), name), names[names["index"] > 0]
        if name == "harvard-oxford":
            return _with_subcortex(*_harvard_oxford("cort"))
        found = datasets.fetch_atlas_schaefer_2018(n_rois=int(name.rpartition("-")[2]), verbose=0)
        words = [w.decode() if isinstance(w, bytes) else str(w) for w in found.labels]
        words = [w for w in words if w.lower() != "background"]
        names = pd.DataFrame({"index": range(1, len(words) + 1), "name": words})
        return _with_subcortex(integer_labels(_volume(found.maps), name), names)
    except OSError as error:  # no network, or an interrupted download
        raise UserError(
            f"atlas {name}: download failed ({type(error).__name__}); run it with network access and copy "
            "its folder nilearn_data, or set atlas: desikan-killiany, or provide your own label image"
        ) from None


def _volume(maps: str | nib.Nifti1Image) -> Volume:
    """Return the label image of a nilearn atlas, which is a file or an image depending on the atlas."""
    if isinstance(maps, str | Path):
        return load(Path(maps))
    return Volume(np.asarray(maps.dataobj, dtype=np.float32), maps.affine)


def _harvard_oxford(part: str) -> tuple[Volume, pd.DataFrame]:
    """Return the cortical (`cort`) or subcortical (`sub`) gray-matter regions of each side."""
    from nilearn import datasets

    found = datasets.fetch_atlas_harvard_oxford(f"{part}-maxprob-thr25-1mm", symmetric_split=part == "cort", verbose=0)
    names = pd.DataFrame({"index": range(len(found.labels)), "name": list(map(str, found.labels))})
    gray = ~names["name"].str.lower().str.contains("|".join(NOT_GRAY))
    labels = integer_labels(_volume(found.maps), "harvard-oxford")
    kept = names[gray]
    return labels.like(np.where(np.isin(labels.data, kept["index"]), labels.data, 0)), kept


def _with_subcortex(labels: Volume, names: pd.DataFrame) -> tuple[Volume, pd.DataFrame]:
    """Add the subcortical regions of Harvard-Oxford to voxels without a label."""
    deep, deep_names = _harvard_oxford("sub")
    offset = int(labels.data.max())
    below = deep.on(labels.grid, order=0).data
    both = np.where((labels.data == 0) & (below > 0), below + offset, labels.data)
    more = deep_names.assign(index=deep_names["index"] + offset)
    return labels.like(both), pd.concat([names, more], ignore_index=True)
