import numpy as np
import pytest

from adrepro.core.errors import ScanFault
from adrepro.imaging.spatial_transform import save_affine
from adrepro.imaging.volumes import load, save
from adrepro.preprocessing.segment import bounding_box, segment


@pytest.fixture
def step(maps, reference, settings, tmp_path):
    """The step on the template itself, with a given mask; returns its maps."""
    path = {name: tmp_path / f"{name}.nii.gz" for name in ("mask", "GM", "WM", "CSF")}
    save_affine(tmp_path / "affine.json", np.eye(4))

    def run(mask):
        save(path["mask"], maps["mask"].like(mask))
        segment(
            reference / "T1w.nii.gz", path["mask"], tmp_path / "affine.json", reference,
            path["GM"], path["WM"], path["CSF"], settings.segmentation,
        )  # fmt: skip
        return {name: load(path[name]) for name in ("GM", "WM", "CSF")}

    return run


def test_tissues_of_the_template_fill_its_brain(maps, step):
    brain = maps["mask"].data > 0.5
    made = step(brain.astype(np.float32))
    np.testing.assert_allclose(sum(volume.data for volume in made.values()), brain, atol=1e-3)
    for name in ("GM", "WM"):
        assert np.corrcoef(made[name].data[brain], maps[name].data[brain])[0, 1] > 0.8


def test_an_empty_mask_is_a_fault_of_the_scan(maps, step):
    with pytest.raises(ScanFault, match="mask is empty"):
        step(0 * maps["mask"].data)


def test_a_bounding_box_has_a_margin_inside_the_volume():
    mask = np.zeros((20, 20, 20), dtype=bool)
    mask[1, 8:12, 19] = True
    box = bounding_box(mask)
    assert box == (slice(0, 4), slice(6, 14), slice(17, 22)) and mask[box].shape == (4, 8, 3)
