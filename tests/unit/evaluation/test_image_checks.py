import json

import numpy as np
import pandas as pd

from adrepro.evaluation.image_checks import check_volumes
from adrepro.preprocessing.check_input import check_input

RNG = np.random.default_rng(0)


def test_a_copy_with_another_header_axes_and_compression_has_the_same_content(tmp_path):
    import nibabel as nib

    data = RNG.integers(0, 1000, (40, 50, 45)).astype(np.int16)
    data[:10] = 0
    image = nib.Nifti1Image(data, np.diag([4.0, 4, 4, 1]))
    copy = image.as_reoriented(np.array([[1, 1], [0, -1], [2, 1]]))
    copy.header["descrip"] = b"another"
    nib.save(image, tmp_path / "a.nii.gz")
    nib.save(nib.Nifti1Image(np.asarray(copy.dataobj).astype(np.float32), copy.affine), tmp_path / "b.nii")
    found = []
    for name in ("a.nii.gz", "b.nii"):
        check_input(tmp_path / name, tmp_path / f"{name}.json")
        found.append(json.loads((tmp_path / f"{name}.json").read_text()))
    assert found[0]["status"] == "ok" and found[0]["content"] == found[1]["content"]


def test_equal_volumes_of_two_participants_are_a_leak():
    scans = pd.DataFrame({"participant_id": ["sub-1", "sub-1", "sub-2"], "session_id": ["ses-a", "ses-b", "n/a"]})
    volumes = scans.assign(tiv_ml=["1", "2", "3"], wmh_ml="n/a", insula=["1.5", "1.5", "1.6"], caudate="2.25")
    scans["scan"] = ["sub-1_ses-a", "sub-1_ses-b", "sub-2"]
    assert check_volumes(scans, volumes)["verdict"] == "clean"  # two visits of one participant
    volumes.loc[2, "insula"] = "1.5"
    found = check_volumes(scans, volumes)
    assert found["verdict"] == "leak" and "sub-1_ses-a and sub-2" in found["examples"]
