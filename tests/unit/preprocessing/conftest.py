"""Fixtures of the tests of preprocessing: default settings, the template, and images that are made from it."""

from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest
from scipy import ndimage

from adrepro.config.loading import load_settings
from adrepro.core.tables import write_table
from adrepro.imaging.grids import study_grid
from adrepro.imaging.volumes import save
from adrepro.preprocessing.reference.template_sources import load_template

FOLDER, SCAN, SPACE = "sub-01/ses-M00", "sub-01_ses-M00", "MNI152NLin2009aSym"
NAMES = {
    "fmriprep": {
        "T1w": f"{FOLDER}/anat/{SCAN}_space-MNI152NLin2009cAsym_desc-preproc_T1w.nii.gz",
        **{t: f"{FOLDER}/anat/{SCAN}_space-MNI152NLin2009cAsym_label-{t}_probseg.nii.gz" for t in ("GM", "WM", "CSF")},
        **{f"native_{t}": f"{FOLDER}/anat/{SCAN}_label-{t}_probseg.nii.gz" for t in ("GM", "WM", "CSF")},
    },
    "caps": {
        "T1w": f"subjects/{FOLDER}/t1_linear/{SCAN}_space-MNI152NLin2009cSym_desc-Crop_res-1x1x1_T1w.nii.gz",
        **{
            t: f"subjects/{FOLDER}/t1/spm/segmentation/normalized_space/{SCAN}_T1w_segm-{name}_space-Ixi549Space_"
            "modulated-on_probability.nii.gz"
            for t, name in (("GM", "graymatter"), ("WM", "whitematter"), ("CSF", "csf"))
        },
    },
    "cat12": {
        "T1w": f"{FOLDER}/anat/mri/wm{SCAN}_T1w.nii",
        **{t: f"{FOLDER}/anat/mri/mwp{k}{SCAN}_T1w.nii" for k, t in enumerate(("GM", "WM", "CSF"), start=1)},
    },
}


@pytest.fixture(scope="session")
def settings(repository):
    """Settings of the default configuration."""
    return load_settings([repository / "config" / "config.yaml"])


@pytest.fixture(scope="session")
def maps():
    """Maps of the template at 4 mm."""
    return {name: volume.on(study_grid(4)) for name, volume in load_template().items()}


@pytest.fixture(scope="session")
def derivatives():
    """Names of the derivatives of one scan by tool, and a function that writes them."""

    def make(folder, kind, **changed):
        """Write the template's maps at 3 mm under the names of `kind`."""
        for name, path in NAMES[kind].items():
            volume = load_template()[name.removeprefix("native_")].on(study_grid(3))
            save(folder / path, changed.get(name, volume))

    return SimpleNamespace(names=NAMES, make=make, scan=(FOLDER, SCAN, SPACE))


@pytest.fixture(scope="session")
def reference(maps, tmp_path_factory):
    """Folder with the template at 4 mm, and an atlas of its two hemispheres."""
    folder = tmp_path_factory.mktemp("reference")
    for name, volume in maps.items():
        save(folder / f"{name}.nii.gz", volume)
    for name in ("deep", "nuclei"):
        save(folder / f"{name}.nii.gz", maps["GM"].like(np.zeros_like(maps["GM"].data)))
    labels = maps["GM"]
    left = labels.grid.points()[0] < 0
    save(folder / "atlas.nii.gz", labels.like(np.where(labels.data > 0.3, np.where(left, 1, 2), 0)), dtype=np.int16)
    write_table(
        folder / "atlas.tsv", pd.DataFrame({"index": [1, 2], "name": ["left", "right"], "tissue": ["GM", "GM"]})
    )
    return folder


@pytest.fixture(scope="session")
def deformed(maps):
    """Template at 4 mm, its mask, the same brain and its tissues deformed by up to about 8 mm, and that deformation."""
    fixed = maps["T1w"].like(maps["T1w"].data * (maps["mask"].data > 0.5))
    rng = np.random.default_rng(3)
    field = np.stack([ndimage.gaussian_filter(rng.standard_normal(fixed.data.shape), 5) for _ in range(3)])
    field = (field / np.abs(field).max() * 8).astype(np.float32)
    points = fixed.grid.points() + field
    near = maps["mask"].like(ndimage.binary_dilation(maps["mask"].data > 0.5).astype(np.float32))
    template = {"T1w": fixed, **{name: maps[name] for name in ("CSF", "GM", "WM")}}
    tissues = {name: maps[name].like(maps[name].at(points)) for name in ("GM", "WM")}
    return template, near, fixed.like(fixed.at(points)), tissues, field
