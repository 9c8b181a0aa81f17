"""Derivatives of other tools, made by the test from the template under those tools' names."""

import pytest

from adrepro.core.errors import ScanFault
from adrepro.imaging.grids import study_grid
from adrepro.imaging.volumes import save
from adrepro.preprocessing.derivatives.external_derivatives import LAYOUTS, find_maps, read_native_tissue, read_tissue

KINDS = ("fmriprep", "caps", "cat12")


@pytest.mark.parametrize("kind", KINDS)
def test_maps_are_found_by_name(kind, tmp_path, derivatives):
    derivatives.make(tmp_path, kind)
    found = find_maps(tmp_path, kind, *derivatives.scan)
    assert {name: path.relative_to(tmp_path).as_posix() for name, path in found.items()} == derivatives.names[kind]


def test_another_session_is_not_taken(tmp_path, derivatives):
    derivatives.make(tmp_path, "cat12")
    space = derivatives.scan[2]
    assert find_maps(tmp_path, "cat12", "sub-01/ses-M0", "sub-01_ses-M0", space) == {}
    assert find_maps(tmp_path, "cat12", "sub-0/ses-M00", "sub-0_ses-M00", space) == {}


def test_maps_in_the_studys_space_come_first(tmp_path, derivatives):
    folder, scan, _ = derivatives.scan
    anat = tmp_path / folder / "anat"
    anat.mkdir(parents=True)
    for space in ("MNI152NLin6Asym", "MNI152NLin2009cAsym"):
        (anat / f"{scan}_space-{space}_label-GM_probseg.nii.gz").touch()
    found = find_maps(tmp_path, "fmriprep", folder, scan, "MNI152NLin2009cAsym")
    assert "MNI152NLin2009cAsym" in found["GM"].name
    assert "MNI152NLin6Asym" in find_maps(tmp_path, "fmriprep", folder, scan, "Other")["GM"].name


@pytest.mark.parametrize(("kind", "prefix"), [("oasis_vbm", "mwc"), ("oasis_dartel", "mwrc")])
def test_maps_of_oasis_are_found_by_the_id_of_oasis(kind, prefix, tmp_path):
    for tissue in "12":
        path = tmp_path / "OAS1_0042_MR1" / f"{prefix}{tissue}OAS1_0042_MR1_mpr_anon.nii.gz"
        path.parent.mkdir(exist_ok=True)
        path.touch()
    assert set(find_maps(tmp_path, kind, "sub-OAS10042", "sub-OAS10042", "S")) == {"GM", "WM"}
    assert set(LAYOUTS[kind].labels) == {"GM", "WM"}


def test_tissues_out_of_range_are_refused(tmp_path, maps):
    gray = maps["GM"].on(study_grid(3))
    save(tmp_path / "gray.nii.gz", gray.like(gray.data * 2))
    assert read_tissue(tmp_path / "gray.nii.gz", maps["mask"], 6).data.min() >= 0
    with pytest.raises(ScanFault, match="expected a tissue map from 0 to 1.02"):
        read_tissue(tmp_path / "gray.nii.gz", maps["mask"], 1.02)
    with pytest.raises(ScanFault, match="expected probabilities from 0 to 1"):
        read_native_tissue(tmp_path / "gray.nii.gz")
