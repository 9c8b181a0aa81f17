import gzip
import struct

import nibabel as nib
import numpy as np
import pytest

from adrepro.core.errors import ScanFault
from adrepro.imaging.nifti_reader import is_stripped, read_scan
from adrepro.imaging.volumes import Volume, save


def noise(*shape):
    return np.random.default_rng(1).uniform(1, 100, shape).astype(np.float32)


def test_a_good_scan_keeps_its_values_and_place(head):
    data = noise(40, 42, 44)
    scan, warnings = read_scan(head(data=data))
    assert warnings == []
    ceiling = np.percentile(data, 99.7)
    np.testing.assert_allclose(scan.data[data < ceiling], data[data < ceiling])
    np.testing.assert_allclose(scan.affine, np.diag([5, 5, 5, 1]))


def test_one_volume_in_4d_is_accepted(head):
    assert read_scan(head(data=noise(40, 40, 40, 1)))[0].data.shape == (40, 40, 40)


def test_extreme_outliers_are_clipped_with_a_warning(head):
    data = noise(40, 40, 40)
    data[3, 3, 3] = 1e30
    scan, warnings = read_scan(head(data=data))
    assert scan.data.max() < 101
    assert "clipped" in warnings[0]


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        (lambda d: np.zeros_like(d), "every voxel is 0"),
        (lambda d: np.where(np.indices(d.shape)[0] < 5, np.nan, d), "not finite"),
        (lambda d: np.stack([d, d], axis=-1), "three-dimensional"),
        (lambda d: d[:8], "whole head"),
    ],
)
def test_faulty_content_is_refused(head, change, reason):
    with pytest.raises(ScanFault, match=reason):
        read_scan(head(data=change(noise(40, 40, 40)).astype(np.float32)))


def test_free_text_of_a_header_stays_behind(head, tmp_path):
    path = head()
    image = nib.load(path)
    image.header["descrip"] = image.header["aux_file"] = image.header["db_name"] = b"Jane Doe"
    nib.save(image, path)
    save(tmp_path / "out.nii.gz", read_scan(path)[0])
    assert b"Jane" in gzip.decompress(path.read_bytes())
    assert b"Jane" not in gzip.decompress((tmp_path / "out.nii.gz").read_bytes())


def test_a_header_without_orientation_is_refused(head):
    path = head()
    image = nib.load(path)
    image.header["qform_code"] = image.header["sform_code"] = 0
    nib.save(nib.Nifti1Image(np.asarray(image.dataobj), None, image.header), path)
    with pytest.raises(ScanFault, match="orientation"):
        read_scan(path)


def test_readers_that_would_disagree_are_refused(head):
    path = head()
    image = nib.load(path)
    image.set_sform(np.diag([-5.0, 5, 5, 1]), 1)
    nib.save(image, path)
    with pytest.raises(ScanFault, match="disagree"):
        read_scan(path)


def test_a_brain_is_told_from_a_head():
    sphere = sum(a**2 for a in np.meshgrid(*[np.linspace(-1, 1, 60)] * 3)) < 0.5
    affine = np.diag([4.0, 4, 4, 1])
    assert is_stripped(Volume(np.where(sphere, 50.0, 0.0) * (np.indices((60,) * 3)[0] > 20), affine))
    assert not is_stripped(Volume(noise(60, 60, 60), affine))


def patched(path, offset, form, *values):
    """Write `values` into the header of a scan."""
    raw = bytearray(gzip.decompress(path.read_bytes()))
    struct.pack_into(form, raw, offset, *values)
    path.write_bytes(gzip.compress(bytes(raw)))
    return path


@pytest.mark.parametrize(
    ("offset", "form", "values", "reason"),
    [
        (76, "<4f", (1, np.nan, 5, 5), "qform is not a rotation"),  # the voxel size
        (256, "<f", (np.nan,), "qform is not a rotation"),  # a part of its quaternion
        (108, "<f", (1e12,), "vox_offset"),
        (108, "<f", (np.nan,), "vox_offset"),
        (40, "<8h", (3, 30000, 30000, 30000, 1, 1, 1, 1), "expected at most"),
        (40, "<8h", (3, 40, 40, -40, 1, 1, 1, 1), "shape"),
        (70, "<2h", (32, 64), "expected numbers"),  # complex
        (292, "<f", (1e30,), "m away"),  # the place of the scan
        (280, "<f", (1.0,), "right angles|voxel size|orientation"),
    ],
)
def test_a_header_that_cannot_be_meant_is_refused(head, offset, form, values, reason):
    with pytest.raises(ScanFault, match=reason):
        read_scan(patched(head(), offset, form, *values))


def test_a_pose_of_which_readers_differ_is_told(head):
    path = head()
    image = nib.load(path)
    moved = np.diag([5.0, 5, 5, 1])
    moved[0, 3] = 30
    image.set_qform(moved, 1)
    nib.save(image, path)
    assert "30 mm apart" in read_scan(path)[1][0]


def test_extreme_values_below_are_clipped_too(head):
    data = noise(40, 40, 40)
    data[3, 3, 3] = -1e30
    scan, warnings = read_scan(head(data=data))
    assert scan.data.min() > 0 and "clipped" in warnings[0]


def with_header(head, affine, unit=None, **fields):
    """A scan with units of length and other fields of its header."""
    path = head(data=noise(40, 40, 40), affine=affine)
    image = nib.load(path)
    one = nib.Nifti1Image(np.asarray(image.dataobj), affine)
    if unit:
        one.header.set_xyzt_units(unit)
    nib.save(one, path)
    raw = bytearray(gzip.decompress(path.read_bytes()))
    for offset, value in fields.items():
        struct.pack_into("<f", raw, int(offset.removeprefix("at")), value)
    path.write_bytes(gzip.compress(bytes(raw)))
    return path


@pytest.mark.parametrize(("unit", "per_mm"), [("meter", 0.001), ("micron", 1000)])
def test_other_units_of_length_are_converted_and_told(head, unit, per_mm):
    affine = np.diag([5 * per_mm] * 3 + [1])
    affine[:3, 3] = -100 * per_mm
    scan, warnings = read_scan(with_header(head, affine, unit))
    assert warnings == [f"its header is in {unit}s: converted to mm"]
    np.testing.assert_allclose(
        scan.affine, [[5, 0, 0, -100], [0, 5, 0, -100], [0, 0, 5, -100], [0, 0, 0, 1]], rtol=1e-5
    )


def test_a_unit_that_cannot_be_meant_is_taken_as_millimeters(head):
    scan, warnings = read_scan(with_header(head, np.diag([5, 5, 5, 1]), "meter"))
    assert warnings == ["its header is said to be in meters, which gives no head: taken as mm"]
    np.testing.assert_allclose(scan.voxel_mm, 5)


def test_an_intercept_that_is_no_number_is_named(head):
    path = with_header(head, np.diag([5, 5, 5, 1]), at112=1.0, at116=float("nan"))
    with pytest.raises(ScanFault, match=r"\(scl_inter\) is nan; set it to 0 in the header"):
        read_scan(path)


@pytest.mark.parametrize(("factor", "told"), [(1e-9, "1e-07 were multiplied by 1e10"), (1e8, "1e+10 were")])
def test_intensities_of_any_scale_are_brought_to_a_usual_one(head, factor, told):
    scan, warnings = read_scan(head(data=noise(40, 40, 40) * np.float32(factor)))
    usual, _ = read_scan(head(data=noise(40, 40, 40)))
    assert told in warnings[0] and 500 < scan.data.max() < 2000
    np.testing.assert_allclose(scan.data / scan.data.max(), usual.data / usual.data.max(), rtol=1e-4)


def test_thick_slices_are_told(head):
    _, warnings = read_scan(head(data=noise(100, 100, 40), affine=np.diag([2, 2, 5, 1])))
    assert warnings == ["slices of 5.0 mm: volumes of small regions are imprecise"]


@pytest.mark.parametrize("code", [4, 7, 56, 255])
def test_a_unit_code_without_a_meaning_is_taken_as_millimeters(head, code):
    path = head()
    raw = bytearray(gzip.decompress(path.read_bytes()))
    raw[123] = code
    path.write_bytes(gzip.compress(bytes(raw)))
    np.testing.assert_allclose(read_scan(path)[0].voxel_mm, 5)


@pytest.mark.parametrize("factor", [1e-36, 1e34])
def test_intensities_beyond_any_unit_are_refused(head, factor):
    with pytest.raises(ScanFault, match="intensities of"):
        read_scan(head(data=noise(40, 40, 40) * np.float32(factor)))
