"""Faulty scans among good ones: each leaves with its reason, and the rest has the bytes of a study without them."""

import os
import subprocess

import nibabel as nib
import numpy as np
import pandas as pd
import pytest

import tiny

pytestmark = pytest.mark.long


def image(path, data, affine=True):
    made = nib.Nifti1Image(data.astype(np.float32), np.diag([4.0, 4, 4, 1]))
    made.set_qform(made.affine, 1)
    if not affine:
        made.header["qform_code"] = made.header["sform_code"] = 0
        made = nib.Nifti1Image(np.asarray(made.dataobj), None, made.header)
    nib.save(made, path)


def noise(path):
    image(path, np.random.default_rng(1).uniform(0, 900, (50, 56, 48)))


def ball(path):
    """A phantom: a bright ball, as they are scanned every morning."""
    place = np.indices((50, 56, 48)) - np.array([25, 28, 24]).reshape(3, 1, 1, 1)
    image(
        path,
        np.where((place**2).sum(axis=0) < 20**2, 900.0, 10.0) + np.random.default_rng(2).normal(0, 5, (50, 56, 48)),
    )


def cut(path):
    noise(path)
    path.write_bytes(path.read_bytes()[: path.stat().st_size * 6 // 10])


FAULTY = {
    "noise": (noise, ""),
    "ball": (ball, ""),
    "cut": (cut, "damaged"),
    "empty": (lambda path: path.touch(), "is empty"),
    "page": (lambda path: path.write_text("<html>404</html>"), "not a NIfTI"),
    "zeros": (lambda path: image(path, np.zeros((50, 56, 48))), "every voxel is 0"),
    "holes": (lambda path: image(path, np.full((50, 56, 48), np.nan)), "not finite"),
    "lost": (lambda path: image(path, np.ones((50, 56, 48)), affine=False), "orientation"),
    "series": (lambda path: image(path, np.ones((50, 56, 48, 2))), "three-dimensional"),
    "pipe": (os.mkfifo, "expected a file"),
    "folder": (lambda path: path.mkdir(), "expected a file"),
    "gone": (lambda path: None, "no such file"),
}


def run(sheet, folder):
    """One command, to the report; returns what it told."""
    words = tiny.command(sheet, folder)
    found = subprocess.run(words, cwd=tiny.REPOSITORY, env=tiny.environment(), capture_output=True, text=True)
    assert found.returncode == 0 and "Traceback" not in found.stderr, found.stderr[-3000:]
    return found.stderr


@pytest.fixture(scope="module")
def studies(undisturbed, tmp_path_factory):
    """A study of good scans alone, and one with a faulty participant of each kind."""
    folder = tmp_path_factory.mktemp("faulty")
    sheet = pd.read_csv(tiny.make_real(*undisturbed, folder), sep="\t", dtype=str, keep_default_na=False)
    model = sheet[sheet["t1w"] != "n/a"].iloc[0]
    rows = [model.to_dict() | {"participant_id": f"sub-{name}", "t1w": f"{name}.nii.gz"} for name in FAULTY]
    for name, (make, _) in FAULTY.items():
        make(folder / f"{name}.nii.gz")
    pd.concat([sheet, pd.DataFrame(rows)]).to_csv(folder / "all.tsv", sep="\t", index=False)
    run(folder / "good.tsv", folder / "good")
    return folder, run(folder / "all.tsv", folder / "all")


def test_each_leaves_with_its_reason(studies):
    folder, told = studies
    excluded = pd.read_csv(folder / "all/results/cohort/excluded.tsv", sep="\t").set_index("participant_id")
    faults = excluded[excluded["step"] != "label"]
    assert set(faults.index) == {f"sub-{name}" for name in FAULTY}
    for name, (_, reason) in FAULTY.items():
        assert reason in faults.loc[f"sub-{name}", "reason"], name
        assert f"sub-{name}" in told
    assert set(faults.loc[["sub-noise", "sub-ball"], "step"]) <= {"preprocessing", "quality"}
    page = (folder / "all/reports/comparison.html").read_text()
    assert all(f"sub-{name}" in page for name in FAULTY)


def test_the_rest_has_the_bytes_of_a_study_without_them(studies):
    folder, _ = studies
    one, other = tiny.digests(folder / "good"), tiny.digests(folder / "all")
    good = {name: digest for name, digest in one.items() if not name.startswith(("results/cohort/", "reports/"))}
    assert len(good) > 100 and {name: other.get(name) for name in good} == good
