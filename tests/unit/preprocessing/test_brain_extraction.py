import numpy as np
import pytest

from adrepro.cohort.scan_paths import find_mask
from adrepro.core.errors import ScanFault, UserError
from adrepro.imaging.nifti_reader import read_scan
from adrepro.preprocessing.brain_extraction import from_file, from_hd_bet

AFFINE = np.diag([5.0, 5, 5, 1])


def test_a_provided_mask_of_another_orientation_lands_on_the_scan(head):
    scan, _ = read_scan(head())
    data = np.zeros((40, 40, 40), dtype=np.uint8)
    data[12:28, 12:28, 12:36] = 1
    flipped = AFFINE @ np.diag([-1.0, 1, 1, 1])
    flipped[0, 3] = 5.0 * 39
    path = head("sub-01_desc-brain_mask.nii.gz", data[::-1], flipped)
    np.testing.assert_array_equal(from_file(path, scan), data > 0)


def test_a_mask_beside_the_scan_is_refused(head):
    scan, _ = read_scan(head())
    data = np.zeros((40, 40, 40), dtype=np.uint8)
    data[12:28, 12:28, 12:36] = 1
    away = AFFINE.copy()
    away[:3, 3] = 900
    with pytest.raises(ScanFault, match=r"far_mask.nii.gz: covers 0 ml"):
        from_file(head("far_mask.nii.gz", data, away), scan)


def test_masks_in_the_scans_own_space_are_found_and_others_not(tmp_path):
    anat = tmp_path / "sub-01" / "ses-M00" / "anat"
    anat.mkdir(parents=True)
    for entity in ("_space-MNI152NLin6Asym", ""):
        (anat / f"sub-01_ses-M00{entity}_desc-brain_mask.nii.gz").touch()
    found = find_mask(tmp_path, "sub-01/ses-M00", "sub-01_ses-M00")
    assert [path.name for path in found] == ["sub-01_ses-M00_desc-brain_mask.nii.gz"]
    assert find_mask(tmp_path, "sub-02", "sub-02") == []


def test_without_hd_bet_the_message_says_how_to_install_it(head, monkeypatch):
    monkeypatch.setenv("PATH", "")
    with pytest.raises(UserError, match="pip install"):
        from_hd_bet(read_scan(head())[0])
