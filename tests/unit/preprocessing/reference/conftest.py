"""Fixtures of the tests of template and atlas: a small atlas, a user's template, and a cache of TemplateFlow."""

import sys

import numpy as np
import pytest

from adrepro.imaging.grids import study_grid
from adrepro.imaging.volumes import Volume, save
from adrepro.preprocessing.reference.template_sources import load_template

TEMPLATE = "MNI152NLin2009cAsym"
STEMS = {"T1w": "T1w", "mask": "desc-brain_mask", **{t: f"label-{t}_probseg" for t in ("GM", "WM", "CSF")}}


@pytest.fixture
def gray(maps):
    return maps["GM"]


@pytest.fixture
def brain(maps):
    return maps["mask"]


@pytest.fixture
def halves(tmp_path, brain):
    """A label image of the halves of the brain, 7 left and 3 right, on a flipped grid of its own, and its table."""
    grid = study_grid(4)
    labels = np.where(brain.data > 0.5, np.where(grid.points()[0] < 0, 7, 3), 0)[::-1]
    affine = grid.affine @ np.diag([-1.0, 1, 1, 1])
    affine[:3, 3] += grid.affine[:3, 0] * (grid.shape[0] - 1)
    save(tmp_path / "own.nii.gz", Volume(labels, affine), dtype=np.int16)
    (tmp_path / "own.tsv").write_text("index\tname\n7\tleft\n3\tright\n")
    return tmp_path / "own.nii.gz", tmp_path / "own.tsv"


def maps_at(mm=4):
    """The built-in template, coarse and moved by some mm, with a bright skull and another scale."""
    maps = {name: volume.on(study_grid(mm)) for name, volume in load_template().items() if name != "CSF"}
    maps = {name: Volume(v.data, v.affine.copy()) for name, v in maps.items()}
    for volume in maps.values():
        volume.affine[:3, 3] += (2, -1, 1)
    maps["T1w"] = maps["T1w"].like(np.where(maps["mask"].data > 0.5, 900 * maps["T1w"].data, 1500))
    maps["GM"] = maps["GM"].like(255 * maps["GM"].data)
    return maps


@pytest.fixture(scope="session")
def own_maps():
    """Function that returns the maps of a user's template at a voxel size in mm."""
    return maps_at


@pytest.fixture
def folder(tmp_path):
    for name, volume in maps_at().items():
        save(tmp_path / "own" / f"{name}.nii.gz", volume)
    return tmp_path / "own"


@pytest.fixture(scope="session")
def templateflow(tmp_path_factory):
    """TemplateFlow with a cache that holds one template, and no network."""
    assert "templateflow" not in sys.modules, "its cache is chosen at the first import"
    cache = tmp_path_factory.mktemp("cache")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("TEMPLATEFLOW_HOME", str(cache))
        for name in ("HTTP_PROXY", "HTTPS_PROXY", "http_proxy", "https_proxy"):
            patch.setenv(name, "http://127.0.0.1:9")
        pytest.importorskip("templateflow", reason="the extra templateflow is not installed")
        for name, volume in (maps_at() | {"CSF": load_template()["CSF"].on(maps_at()["T1w"].grid)}).items():
            save(cache / f"tpl-{TEMPLATE}" / f"tpl-{TEMPLATE}_res-01_{STEMS[name]}.nii.gz", volume)
        yield TEMPLATE
