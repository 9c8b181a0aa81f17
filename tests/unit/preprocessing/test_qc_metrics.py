"""Quality measures: the template passes the default limits, a spoilt scan fails by the measure that should see it."""

import re

import numpy as np
import pandas as pd
import pytest
import yaml
from scipy import ndimage

from adrepro.cohort.cohort_sheet import COLUMNS
from adrepro.core.files import read_table, write_json, write_table
from adrepro.imaging.grids import study_grid
from adrepro.imaging.spatial_transform import Mapping
from adrepro.imaging.volumes import Volume
from adrepro.preprocessing.qc import borders, measure
from adrepro.preprocessing.qc_metrics import judge, robust_z
from adrepro.preprocessing.reference.template import load_template
from adrepro.report.qc_report import gallery, quality_table


@pytest.fixture(scope="module")
def template():
    return {name: volume.on(study_grid(4)) for name, volume in load_template().items()}


@pytest.fixture(scope="module")
def limits(repository):
    return yaml.safe_load((repository / "config" / "config.yaml").read_text())["quality"]["limits"]


def reasons(template, limits, image=None, mask=None, tissues=None, scan=None):
    """What is wrong with the template after something was done to it."""
    image = template["T1w"] if image is None else image
    mask = template["mask"].data if mask is None else mask
    tissues = tissues or {name: template[name] for name in ("CSF", "GM", "WM")}
    jacobian = template["T1w"].like(np.ones_like(mask))
    found = measure(scan or image, image, mask, jacobian, tissues, template, Mapping(np.eye(4)))
    return [reason.split()[0] for reason in judge(found, limits)]


def test_the_template_passes(template, limits):
    assert reasons(template, limits) == []


def test_a_rotated_scan_fails(template, limits):
    turned = {
        name: template[name].like(ndimage.rotate(template[name].data, 35, (0, 2), reshape=False, order=1))
        for name in ("T1w", "mask")
    }
    assert "template_correlation" in reasons(template, limits, turned["T1w"], turned["mask"].data)


def test_a_cropped_scan_fails(template, limits):
    cut = Volume(template["T1w"].data[:, :, 16:], template["T1w"].affine @ shift(16))
    tissues = {name: template[name].on(cut.grid) for name in ("CSF", "GM", "WM")}
    assert "coverage" in reasons(template, limits, scan=cut, tissues=tissues)


def shift(voxels):
    matrix = np.eye(4)
    matrix[2, 3] = voxels
    return matrix


def test_a_blurred_scan_fails(template, limits):
    image = template["T1w"]
    assert "sharpness" in reasons(template, limits, image.like(ndimage.gaussian_filter(image.data, 3)))


def test_swapped_tissues_fail(template, limits):
    swapped = {"CSF": template["CSF"], "GM": template["WM"], "WM": template["GM"]}
    assert "contrast_to_noise" in reasons(template, limits, tissues=swapped)


def test_far_from_the_cohort_warns_and_the_worst_comes_first():
    scans = pd.DataFrame({"participant_id": [f"sub-{i}" for i in range(9)], "session_id": "n/a"})
    scans["scan"] = scans["participant_id"]
    verdicts = [{"verdict": "pass", "reasons": [], "measures": {"tiv_ml": 1400 + i}} for i in range(9)]
    verdicts[3]["measures"]["tiv_ml"] = 2000
    verdicts[5] |= {"verdict": "fail", "reasons": ["tiv_ml is 1, expected 2 to 3"]}
    table = quality_table(scans, verdicts, warn_z=5)
    assert table["scan"].tolist()[:2] == ["sub-5", "sub-3"]
    assert table["verdict"].tolist() == ["fail", "warn"] + ["pass"] * 7
    assert "tiv_ml" in table["reasons"][1]


@pytest.mark.parametrize("share", [False, True])
def test_the_gallery_holds_the_worst_and_finds_the_others(tmp_path, share):
    names = ["sub-1", "sub-2", "sub-3"]
    for name in names:
        stem = tmp_path / "results" / name / "anat" / f"{name}_desc-quality_check"
        write_json(stem.with_suffix(".json"), {"verdict": "pass", "reasons": [], "measures": {"tiv_ml": 1400}})
        stem.with_suffix(".jpg").write_bytes(b"picture")
        found = ["already skull-stripped: taken as a brain"] if name == "sub-3" else []
        write_json(tmp_path / "inspected" / f"{name}.json", {"status": "ok", "warnings": found})
    keys = pd.DataFrame({"participant_id": names, "session_id": "n/a", "scan": names, "status": "ok"})
    write_table(tmp_path / "usable.tsv", keys)
    row = dict.fromkeys(COLUMNS, "n/a") | {"dataset": "A", "role": "study", "t1w": "x.nii"}
    write_table(tmp_path / "cohort.tsv", pd.DataFrame([row | {"participant_id": name} for name in names]))
    files = {name: tmp_path / f"{name}.tsv" for name in ("usable", "cohort", "table")}
    page = tmp_path / "reports/quality.html"
    settings = {"warn_z": 5, "embedded_pictures": 1, "simulated": False, "share": share}
    gallery(**files, inspected=tmp_path / "inspected", derivatives=tmp_path / "results", out=page, **settings)
    told = read_table(tmp_path / "table.tsv")
    assert told["verdict"].tolist() == ["warn", "pass", "pass"] and "skull-stripped" in told["reasons"][0]
    links = re.findall('<img [^>]*src="([^"]+)"', page.read_text())
    assert links[0].startswith("data:image/jpeg;base64,") and len(links) == (1 if share else 3)
    assert all((page.parent / link).read_bytes() == b"picture" for link in links[1:])


def test_z_scores_of_equal_values_are_zero():
    assert (robust_z(np.ones(5)) == 0).all()


def test_borders_lie_between_labels():
    assert borders(np.array([[0, 1, 1, 2, 2, 0]] * 3))[1].tolist() == [0, 0, 0, 1, 0, 0]
