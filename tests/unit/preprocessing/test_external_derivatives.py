"""Derivatives of other tools, made by the test from the template under those tools' names."""

import numpy as np
import pandas as pd
import pytest

from adrepro.core.errors import ScanFault
from adrepro.core.files import read_json, write_table
from adrepro.imaging.grids import study_grid
from adrepro.imaging.volumes import Volume, load, save
from adrepro.preprocessing.external_derivatives import find_maps
from adrepro.preprocessing.import_derivatives import adopt
from adrepro.preprocessing.import_derivatives_t1w import adopt_t1w
from adrepro.preprocessing.reference.template import load_template

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
LIMITS = {"template_correlation": [0.4, 1], "coverage": [0.9, 1], "tiv_ml": [700, 2800], "sharpness": [0.35, 10]}


@pytest.fixture(scope="module")
def reference(tmp_path_factory):
    folder = tmp_path_factory.mktemp("reference")
    for name, volume in load_template().items():
        save(folder / f"{name}.nii.gz", volume.on(study_grid(4)))
    labels = load_template()["GM"].on(study_grid(4))
    left = labels.grid.points()[0] < 0
    save(folder / "atlas.nii.gz", labels.like(np.where(labels.data > 0.3, np.where(left, 1, 2), 0)), dtype=np.int16)
    write_table(folder / "atlas.tsv", pd.DataFrame({"index": [1, 2], "name": ["left", "right"]}))
    return folder


def make(folder, kind, **changed):
    """The template's own maps at 3 mm, named as `kind` names them."""
    for name, path in NAMES[kind].items():
        volume = load_template()[name.removeprefix("native_")].on(study_grid(3))
        save(folder / path, changed.get(name, volume))


def run(folder, kind, reference, out):
    found = find_maps(folder, kind, FOLDER, SCAN, SPACE)
    made = [out / name for name in ("modulated.nii.gz", "volumes.json", "verdict.json", "picture.jpg")]
    atlas = (reference / "atlas.nii.gz", reference / "atlas.tsv")
    adopt(folder, kind, FOLDER, SCAN, SPACE, list(found.values()), reference, *atlas, *made, LIMITS, 4)
    return made


@pytest.mark.parametrize("kind", NAMES)
def test_maps_are_found_by_name_and_put_on_the_study_grid(kind, tmp_path, reference):
    make(tmp_path, kind)
    assert {name: path.relative_to(tmp_path).as_posix() for name, path in
            find_maps(tmp_path, kind, FOLDER, SCAN, SPACE).items()} == NAMES[kind]  # fmt: skip
    modulated, volumes, verdict, picture = run(tmp_path, kind, reference, tmp_path / "out")
    record, grey = read_json(volumes), load(modulated)
    assert read_json(verdict)["verdict"] == "pass" and picture.stat().st_size > 1000
    expected = load_template()["GM"]
    assert record["tissue_ml"]["GM"] == pytest.approx(expected.data.sum() * expected.grid.voxel_ml, rel=0.03)
    assert grey.data.sum() * grey.grid.voxel_ml == pytest.approx(record["tissue_ml"]["GM"], rel=0.03)
    assert record["volume_ml"]["left"] == pytest.approx(record["volume_ml"]["right"], rel=0.05)
    assert record["modulated"] is (kind != "fmriprep")


def test_another_session_is_not_taken(tmp_path):
    make(tmp_path, "cat12")
    assert find_maps(tmp_path, "cat12", "sub-01/ses-M0", "sub-01_ses-M0", SPACE) == {}
    assert find_maps(tmp_path, "cat12", "sub-0/ses-M00", "sub-0_ses-M00", SPACE) == {}


def test_what_is_missing_or_wrong_is_named(tmp_path, reference):
    with pytest.raises(ScanFault, match="no GM, WM, CSF among the cat12 derivatives"):
        run(tmp_path, "cat12", reference, tmp_path / "out")
    grey = load_template()["GM"].on(study_grid(3))
    make(tmp_path, "cat12", GM=grey.like(grey.data * 255))
    with pytest.raises(ScanFault, match=r"mwp1.*values from 0 to 2\d\d, expected a tissue map"):
        run(tmp_path, "cat12", reference, tmp_path / "out")
    away = grey.affine.copy()
    away[:3, 3] += 60
    make(tmp_path, "cat12", GM=Volume(grey.data, away))
    with pytest.raises(ScanFault, match=r"covers \d+% of the template's brain"):
        run(tmp_path, "cat12", reference, tmp_path / "out")
    assert not (tmp_path / "out").exists()


def test_a_map_of_another_brain_part_fails_quality_control(tmp_path, reference):
    make(tmp_path, "cat12", GM=load_template()["WM"].on(study_grid(3)))
    verdict = read_json(run(tmp_path, "cat12", reference, tmp_path / "out")[2])
    assert verdict["verdict"] == "fail" and "template_correlation" in verdict["reasons"][0]


def test_the_aligned_scan_is_taken_for_the_networks(tmp_path, reference):
    make(tmp_path, "caps")
    given = (tmp_path, "caps", FOLDER, SCAN, SPACE, [])
    adopt_t1w(*given, reference, tmp_path / "t1w.nii.gz", 4)
    assert load(tmp_path / "t1w.nii.gz").data.shape == study_grid(4).shape
    (tmp_path / NAMES["caps"]["T1w"]).unlink()
    with pytest.raises(ScanFault, match="no aligned T1w"):
        adopt_t1w(*given, reference, tmp_path / "t1w.nii.gz", 4)
