"""QC measures: the template passes the default limits, a corrupted scan fails by the measure that should detect it."""

import numpy as np
import pytest
from scipy import ndimage

from adrepro.core.files import read_json
from adrepro.imaging.spatial_transform import SpatialTransform, save_affine, save_warps
from adrepro.imaging.volumes import Volume, save
from adrepro.preprocessing.qc import measure, qc
from adrepro.preprocessing.qc_metrics import out_of_range


@pytest.fixture(scope="module")
def limits(settings):
    return settings.quality.limits


def reasons(template, limits, image=None, mask=None, tissues=None, scan=None):
    """Names of the measures out of range after a change of the template."""
    image = template["T1w"] if image is None else image
    mask = template["mask"].data if mask is None else mask
    tissues = tissues or {name: template[name] for name in ("CSF", "GM", "WM")}
    tissues = {"WMH": tissues["GM"].like(0 * tissues["GM"].data), **tissues}
    jacobian = template["T1w"].like(np.ones_like(mask))
    found = measure(
        scan or image, image, image.like(mask), mask, jacobian, tissues, template, SpatialTransform(np.eye(4))
    )
    return [reason.split()[0] for reason in out_of_range(found, limits)]


def test_the_template_passes(maps, limits):
    assert reasons(maps, limits) == []


def test_a_rotated_scan_fails(maps, limits):
    turned = {
        name: maps[name].like(ndimage.rotate(maps[name].data, 35, (0, 2), reshape=False, order=1))
        for name in ("T1w", "mask")
    }
    assert "template_correlation" in reasons(maps, limits, turned["T1w"], turned["mask"].data)


def test_a_cropped_scan_fails(maps, limits):
    cut = Volume(maps["T1w"].data[:, :, 16:], maps["T1w"].affine @ shift(16))
    tissues = {name: maps[name].on(cut.grid) for name in ("CSF", "GM", "WM")}
    assert "coverage" in reasons(maps, limits, scan=cut, tissues=tissues)


def shift(voxels):
    matrix = np.eye(4)
    matrix[2, 3] = voxels
    return matrix


def test_a_blurred_scan_fails(maps, limits):
    image = maps["T1w"]
    assert "sharpness" in reasons(maps, limits, image.like(ndimage.gaussian_filter(image.data, 3)))


def test_swapped_tissues_fail(maps, limits):
    swapped = {"CSF": maps["CSF"], "GM": maps["WM"], "WM": maps["GM"]}
    assert "contrast_to_noise" in reasons(maps, limits, tissues=swapped)


def test_gray_matter_within_white_matter_fails(maps, limits):
    dark = maps["WM"].data > 0.8
    tissues = {"CSF": maps["CSF"], "GM": maps["GM"].like(np.maximum(maps["GM"].data, dark)), "WM": maps["WM"]}
    assert "gray_in_white" in reasons(maps, limits, tissues=tissues)


def test_a_mask_with_a_hole_fails(maps, limits):
    hole = maps["mask"].data.copy()
    hole[20:28, 20:28, 20:28] = 0
    assert "mask_holes_ml" in reasons(maps, limits, mask=hole)


def test_the_step_writes_verdict_measures_and_figure(maps, limits, reference, tmp_path):
    still = Volume(np.zeros((*maps["T1w"].data.shape, 3), dtype=np.float32), maps["T1w"].affine)
    save(tmp_path / "WMH.nii.gz", maps["GM"].like(0 * maps["GM"].data))
    save(tmp_path / "jacobian.nii.gz", maps["T1w"].like(np.ones_like(maps["T1w"].data)))
    save_affine(tmp_path / "affine.json", np.eye(4), bias_strength=0.25)
    save_warps(SpatialTransform(np.eye(4), still, still), tmp_path / "warp.nii.gz", tmp_path / "inverse.nii.gz")
    path = {name: reference / f"{name}.nii.gz" for name in ("T1w", "mask", "GM", "WM", "CSF", "atlas")}
    verdict, picture = tmp_path / "metrics.json", tmp_path / "figure.jpg"
    qc(
        path["T1w"], path["T1w"], path["mask"], path["GM"], path["WM"], path["CSF"],
        tmp_path / "WMH.nii.gz", path["atlas"], tmp_path / "jacobian.nii.gz", tmp_path / "affine.json",
        tmp_path / "warp.nii.gz", reference, verdict, picture, limits,
    )  # fmt: skip
    found = read_json(verdict)
    assert found["verdict"] == "pass" and found["reasons"] == [] and picture.stat().st_size > 1000
    assert set(found["measures"]) == set(type(limits).model_fields) and found["measures"]["bias_strength"] == 0.25
