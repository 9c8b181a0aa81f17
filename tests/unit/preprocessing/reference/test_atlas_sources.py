import sys
from types import SimpleNamespace

import nibabel as nib
import numpy as np
import pandas as pd
import pytest

from adrepro.core.errors import UserError
from adrepro.core.files import read_json, read_table
from adrepro.imaging.grids import study_grid
from adrepro.imaging.volumes import Volume, load, save
from adrepro.preprocessing.reference.atlas import atlas
from adrepro.preprocessing.reference.atlas_sources import adopt, from_nilearn, read_names, whole_labels
from adrepro.preprocessing.reference.template import load_template


@pytest.fixture(scope="module")
def grey():
    return load_template()["GM"].on(study_grid(4))


@pytest.fixture
def halves(tmp_path):
    """A label image of two halves, 7 left and 3 right, on a flipped grid of its own, and its table."""
    grid = study_grid(4)
    labels = np.where(grid.points()[0] < 0, 7, 3)[::-1]
    affine = grid.affine @ np.diag([-1.0, 1, 1, 1])
    affine[:3, 3] += grid.affine[:3, 0] * (grid.shape[0] - 1)
    save(tmp_path / "own.nii.gz", Volume(labels, affine), dtype=np.int16)
    (tmp_path / "own.tsv").write_text("index\tname\n7\tleft\n3\tright\n")
    return tmp_path / "own.nii.gz", tmp_path / "own.tsv"


def test_a_users_atlas_lands_on_the_template_by_world_coordinates(tmp_path, grey, halves):
    save(tmp_path / "GM.nii.gz", grey)
    out = [tmp_path / f"out{end}" for end in (".nii.gz", ".tsv", ".json")]
    atlas(tmp_path / "GM.nii.gz", *out, {"name": "halves", "space": "MNI152NLin6Asym"}, "S", list(halves))
    found, table = load(out[0]), read_table(out[1])
    assert table["name"].tolist() == ["left", "right", "unassigned"]
    x = found.grid.points()[0]
    assert set(np.unique(found.data[x < -4])) == {1} and set(np.unique(found.data[x > 4])) == {2}
    assert read_json(out[2])["space"] == "MNI152NLin6Asym"


def test_grey_matter_without_a_label_is_unassigned(grey, halves):
    labels = whole_labels(load(halves[0]), "own")
    only_left = labels.like(np.where(labels.data == 7, 7, 0))
    found, table = adopt(only_left, pd.DataFrame({"index": [7], "name": ["left"]}), grey, "own")
    right = (grey.data > 0.5) & (grey.grid.points()[0] > 4)
    assert set(np.unique(found.data[right])) == {len(table)}


def test_what_cannot_be_an_atlas_is_refused(tmp_path, grey, halves):
    with pytest.raises(UserError, match="whole labels"):
        whole_labels(grey, "GM.nii.gz")
    labels = whole_labels(load(halves[0]), "own")
    (tmp_path / "short.tsv").write_text("index\tname\n7\tleft\n")
    with pytest.raises(UserError, match="labels 3; name them"):
        read_names(tmp_path / "short.tsv", labels)
    (tmp_path / "twice.tsv").write_text("index\tname\n7\ta\n3\ta\n")
    with pytest.raises(UserError, match="appears twice"):
        read_names(tmp_path / "twice.tsv", labels)
    away = labels.affine.copy()
    away[:3, 3] += 500
    with pytest.raises(UserError, match="MNI millimetres"):
        adopt(Volume(labels.data, away), read_names(halves[1], labels), grey, "own")


def test_without_a_table_regions_are_numbered(halves):
    assert read_names(None, whole_labels(load(halves[0]), "own"))["name"].tolist() == ["region_3", "region_7"]


@pytest.fixture
def nilearn_datasets(monkeypatch, halves):
    """nilearn's fetchers, giving the small image of this test in the shape of the real ones."""
    cortex = SimpleNamespace(maps=str(halves[0]), labels=["Background", *"abcdefg"], indices=["3", "7"])
    deep = SimpleNamespace(
        maps=nib.load(halves[0]), labels=["Background", "x", "y", "Left Amygdala", *"abc", "Left Lateral Ventricle"]
    )
    fake = SimpleNamespace(
        fetch_atlas_aal=lambda **_: SimpleNamespace(maps=str(halves[0]), labels=["R", "L"], indices=["3", "7"]),
        fetch_atlas_schaefer_2018=lambda n_rois, **_: cortex,
        fetch_atlas_harvard_oxford=lambda name, **_: deep if name.startswith("sub") else cortex,
    )
    import nilearn

    monkeypatch.setitem(sys.modules, "nilearn.datasets", fake)
    monkeypatch.setattr(nilearn, "datasets", fake, raising=False)
    return fake


def test_atlases_of_nilearn_are_read_in_their_own_shape(nilearn_datasets):
    _, names = from_nilearn("aal")
    assert dict(zip(names["index"], names["name"], strict=True)) == {3: "R", 7: "L"}
    _, names = from_nilearn("schaefer2018-200")
    assert names["name"].tolist()[:2] == ["a", "b"] and "Left Amygdala" in set(names["name"])
    assert "Left Lateral Ventricle" not in set(names["name"])


def test_without_a_network_the_message_says_what_to_do(nilearn_datasets):
    def unreachable(**_):
        raise ConnectionError("no route to host")

    nilearn_datasets.fetch_atlas_aal = unreachable
    with pytest.raises(UserError, match="copy its folder nilearn_data"):
        from_nilearn("aal")
