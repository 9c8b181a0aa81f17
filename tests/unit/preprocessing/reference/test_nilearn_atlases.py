import sys
from types import SimpleNamespace

import nibabel as nib
import pytest

from adrepro.core.errors import UserError
from adrepro.preprocessing.reference.nilearn_atlases import from_nilearn


@pytest.fixture
def nilearn_datasets(monkeypatch, halves):
    """Fetchers of nilearn that return the small image of this test in the layout of the real ones."""
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
