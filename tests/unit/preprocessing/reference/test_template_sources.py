"""Templates from elsewhere, as small files that the test makes: a folder, and TemplateFlow's cache."""

import sys

import numpy as np
import pytest

from adrepro.core.errors import UserError
from adrepro.core.files import read_json
from adrepro.imaging.grids import study_grid
from adrepro.imaging.volumes import Volume, load, save
from adrepro.preprocessing.reference import template_sources
from adrepro.preprocessing.reference.template import BUILT_IN, load_template, reference

TEMPLATE = "MNI152NLin2009cAsym"
STEMS = {"T1w": "T1w", "mask": "desc-brain_mask", **{t: f"label-{t}_probseg" for t in ("GM", "WM", "CSF")}}


def maps_at(mm=4):
    """The built-in template, coarse and moved by some mm, with a bright skull and another scale."""
    maps = {name: volume.on(study_grid(mm)) for name, volume in load_template().items() if name != "CSF"}
    maps = {name: Volume(v.data, v.affine.copy()) for name, v in maps.items()}
    for volume in maps.values():
        volume.affine[:3, 3] += (2, -1, 1)
    maps["T1w"] = maps["T1w"].like(np.where(maps["mask"].data > 0.5, 900 * maps["T1w"].data, 1500))
    maps["GM"] = maps["GM"].like(255 * maps["GM"].data)
    return maps


@pytest.fixture
def folder(tmp_path):
    for name, volume in maps_at().items():
        save(tmp_path / "own" / f"{name}.nii.gz", volume)
    return tmp_path / "own"


def test_a_folder_becomes_a_reference_space(folder, tmp_path):
    given = list(template_sources.in_folder(folder).values())
    reference(tmp_path / "out", tmp_path / "space.json", 4, 4, {"name": "Own", "space": "Own"}, given)
    made = {name: load(tmp_path / "out" / "study" / f"{name}.nii.gz") for name in ("T1w", "mask", "GM", "CSF")}
    brain = made["mask"].data > 0.5
    assert made["T1w"].data.max() <= 1 and made["T1w"].data[~made["mask"].data.astype(bool)].max() == 0
    expected = load_template()["GM"].on(study_grid(4)).data
    assert np.corrcoef(made["GM"].data[brain], expected[brain])[0, 1] > 0.8
    assert read_json(tmp_path / "space.json")["sha256"].keys() == {"T1w", "mask", "GM", "WM"}


def test_what_a_folder_lacks_is_told_at_once(folder):
    (folder / "GM.nii.gz").unlink()
    (folder / "mask.nii.gz").unlink()
    with pytest.raises(UserError) as told:
        template_sources.in_folder(folder)
    assert "no mask.nii.gz" in str(told.value) and "no GM.nii.gz" in str(told.value)


def test_maps_that_do_not_fit_are_named(folder):
    paths = template_sources.in_folder(folder)
    save(folder / "WM.nii.gz", maps_at(8)["WM"])
    grey = maps_at()["GM"]
    save(folder / "GM.nii.gz", grey.like(grey.data * 20))
    with pytest.raises(UserError) as told:
        template_sources.read_maps(paths)
    assert "WM.nii.gz: not on the grid" in str(told.value) and "GM.nii.gz: values to" in str(told.value)


def test_a_template_that_is_not_in_mni_millimetres_is_refused(folder):
    for name, volume in maps_at().items():
        volume.affine[:3, 3] += 60
        save(folder / f"{name}.nii.gz", volume)
    with pytest.raises(UserError, match="MNI millimetres"):
        template_sources.read_maps(template_sources.in_folder(folder))


@pytest.fixture(scope="module")
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
        yield


def test_a_template_of_templateflow_is_read_from_its_cache(templateflow, tmp_path):
    settings = {"name": f"templateflow-{TEMPLATE}", "space": TEMPLATE}
    reference(tmp_path / "out", tmp_path / "space.json", 4, 4, settings, [])
    known = read_json(tmp_path / "space.json")
    assert known["space"] == TEMPLATE and known["source"] == "TemplateFlow" and len(known["sha256"]["GM"]) == 64


def test_without_a_network_the_message_says_what_to_do(templateflow):
    with pytest.raises(UserError, match="copy tpl-MNI152NLin6Asym from another machine"):
        template_sources.in_templateflow("MNI152NLin6Asym")


def test_an_unknown_template_is_named(templateflow):
    with pytest.raises(UserError, match="no template MNI999"):
        template_sources.in_templateflow("MNI999")


def test_the_built_in_template_needs_nothing(tmp_path):
    reference(tmp_path / "out", tmp_path / "space.json", 4, 4, {"name": BUILT_IN, "space": "S"}, [])
    assert read_json(tmp_path / "space.json")["source"] == "nilearn"
