import nibabel as nib
import numpy as np

from adrepro.core.files import read_json
from adrepro.imaging.volumes import Volume
from adrepro.preprocessing.check_input import check_input, voxel_hash


def test_a_readable_scan_is_ok_with_its_measures(head, tmp_path):
    check_input(head(), tmp_path / "out.json")
    found = read_json(tmp_path / "out.json")
    assert found["status"] == "ok" and found["voxel_mm"] == [5, 5, 5] and not found["skull_stripped"]
    assert len(found["content"]) == 64 and found["warnings"] == []


def test_a_brain_is_ok_with_a_warning(head, tmp_path):
    data = np.zeros((40, 40, 40), dtype=np.float32)
    data[10:32, 10:32, 10:32] = np.random.default_rng(0).uniform(500, 1000, (22, 22, 22))
    check_input(head("brain.nii.gz", data), tmp_path / "out.json")
    found = read_json(tmp_path / "out.json")
    assert found["skull_stripped"] and "skull-stripped" in found["warnings"][0]


def test_the_reason_of_a_fault_has_the_name_of_the_file_only(tmp_path):
    (tmp_path / "scan.nii.gz").write_text("no image")
    check_input(tmp_path / "scan.nii.gz", tmp_path / "out.json")
    found = read_json(tmp_path / "out.json")
    assert found["status"] == "fault" and found["reason"].startswith("scan.nii.gz: not a NIfTI image")


def test_copies_with_other_axes_have_the_same_hash(head):
    image = nib.load(head())
    turned = image.as_reoriented(np.array([[1, -1], [2, 1], [0, -1]]))
    one, other = (Volume(np.asarray(i.dataobj, dtype=np.float32), i.affine) for i in (image, turned))
    changed = one.data.copy()
    changed[3, 3, 3] += 1
    assert voxel_hash(one) == voxel_hash(other) != voxel_hash(one.like(changed))
