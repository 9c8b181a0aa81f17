"""Quality measures: the template passes the default limits, a spoilt scan fails by the measure that should see it."""

import numpy as np
import pandas as pd
import pytest
import yaml
from scipy import ndimage

from adrepro.check import borders, measure
from adrepro.gallery import quality_table
from adrepro.grids import study_grid
from adrepro.mapping import Mapping
from adrepro.quality import judge, robust_z
from adrepro.reference import load_template
from adrepro.volumes import Volume


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


def test_z_scores_of_equal_values_are_zero():
    assert (robust_z(np.ones(5)) == 0).all()


def test_borders_lie_between_labels():
    assert borders(np.array([[0, 1, 1, 2, 2, 0]] * 3))[1].tolist() == [0, 0, 0, 1, 0, 0]
