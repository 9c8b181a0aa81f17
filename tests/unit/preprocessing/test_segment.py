import numpy as np
import pytest

from adrepro.core.errors import ScanFault
from adrepro.imaging.spatial_transform import SpatialTransform, save_affine, save_warps
from adrepro.imaging.volumes import Volume, load, save
from adrepro.preprocessing.segment import bounding_box, segment


@pytest.fixture
def step(maps, reference, settings, tmp_path):
    """The step on the template itself, with a given mask; returns the folder of its maps."""
    still = Volume(np.zeros((*maps["T1w"].data.shape, 3), dtype=np.float32), maps["T1w"].affine)
    path = {name: tmp_path / f"{name}.nii.gz" for name in ("mask", "warp", "inverse", "GM", "WM", "CSF", "modulated")}
    save_affine(tmp_path / "affine.json", np.eye(4))
    save_warps(SpatialTransform(np.eye(4), still, still), path["warp"], path["inverse"])

    def run(mask):
        save(path["mask"], maps["mask"].like(mask))
        segment(
            reference / "T1w.nii.gz", path["mask"], tmp_path / "affine.json", path["warp"], path["inverse"], reference,
            path["GM"], path["WM"], path["CSF"], path["modulated"], settings.segmentation, 4,
        )  # fmt: skip
        return {name: load(path[name]) for name in ("GM", "WM", "CSF", "modulated")}

    return run


def test_tissues_of_the_template_fill_its_brain(maps, step):
    brain = maps["mask"].data > 0.5
    made = step(brain.astype(np.float32))
    total = sum(made[name].data for name in ("GM", "WM", "CSF"))
    np.testing.assert_allclose(total, brain, atol=1e-3)
    for name in ("GM", "WM"):
        assert np.corrcoef(made[name].data[brain], maps[name].data[brain])[0, 1] > 0.8
    assert made["modulated"].data.sum() == pytest.approx(made["GM"].data.sum(), rel=0.01)


def test_an_empty_mask_is_a_fault_of_the_scan(maps, step):
    with pytest.raises(ScanFault, match="mask is empty"):
        step(0 * maps["mask"].data)


def test_a_bounding_box_has_a_margin_inside_the_volume():
    mask = np.zeros((20, 20, 20), dtype=bool)
    mask[1, 8:12, 19] = True
    box = bounding_box(mask)
    assert box == (slice(0, 4), slice(6, 14), slice(17, 22)) and mask[box].shape == (4, 8, 3)
