import numpy as np
import pytest

from adrepro.core.errors import ScanFault
from adrepro.imaging.grids import study_grid
from adrepro.imaging.spatial_transform import SpatialTransform, load_transform, save_affine
from adrepro.imaging.volumes import load, save
from adrepro.preprocessing import normalize as module
from adrepro.preprocessing.normalize import normalize


def run(folder, reference, maps, settings):
    """The step on the template's own brain; returns the paths of its files."""
    made = [folder / f"{name}.nii.gz" for name in ("warp", "inverse", "jacobian", "modulated")]
    save(folder / "scan.nii.gz", maps["T1w"])
    save_affine(folder / "affine.json", np.eye(4))
    normalize(
        folder / "scan.nii.gz", reference / "mask.nii.gz", reference / "GM.nii.gz", reference / "WM.nii.gz",
        folder / "affine.json", reference, *made, settings.registration, "cpu", 8, 1,
    )  # fmt: skip
    return made


def test_the_step_writes_warps_and_their_jacobian_on_the_study_grid(maps, reference, settings, tmp_path):
    warp, inverse, jacobian, modulated = run(tmp_path, reference, maps, settings)
    transform = load_transform(tmp_path / "affine.json", warp, inverse)
    assert transform.warp.data.shape == transform.inverse_warp.data.shape == (*maps["T1w"].data.shape, 3)
    determinant = load(jacobian)
    assert determinant.data.shape == study_grid(8).shape and np.median(determinant.data) == pytest.approx(1, abs=0.05)
    np.testing.assert_allclose(determinant.data, transform.jacobian(study_grid(8)), atol=1e-5)
    native, there = maps["GM"], load(modulated)
    assert there.data.sum() * there.grid.voxel_ml == pytest.approx(native.data.sum() * native.grid.voxel_ml, rel=0.01)


def test_a_registration_that_diverges_is_a_fault_of_the_scan(maps, reference, settings, tmp_path, monkeypatch):
    nowhere = maps["T1w"].like(np.full((*maps["T1w"].data.shape, 3), np.nan))
    monkeypatch.setattr(module, "register", lambda *_: SpatialTransform(np.eye(4), nowhere, nowhere))
    with pytest.raises(ScanFault, match="diverged"):
        run(tmp_path, reference, maps, settings)
