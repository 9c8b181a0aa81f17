import numpy as np
import pytest
from scipy import ndimage

from adrepro.core.errors import ScanFault
from adrepro.imaging.spatial_transform import save_affine
from adrepro.imaging.volumes import load, save
from adrepro.preprocessing.segment import bounding_box, segment


@pytest.fixture
def step(maps, reference, settings, tmp_path):
    """The step on the template, with a given mask and image; returns its maps."""
    path = {name: tmp_path / f"{name}.nii.gz" for name in ("T1w", "mask", "GM", "WM", "CSF", "WMH")}
    save_affine(tmp_path / "affine.json", np.eye(4))

    def run(mask, image=maps["T1w"].data, lesions=True):
        save(path["mask"], maps["mask"].like(mask))
        save(path["T1w"], maps["T1w"].like(image))
        segment(
            path["T1w"], path["mask"], tmp_path / "affine.json", reference, path["GM"], path["WM"], path["CSF"],
            path["WMH"], settings.segmentation.model_copy(update={"white_matter_lesions": lesions}),
        )  # fmt: skip
        return {name: load(path[name]) for name in ("GM", "WM", "CSF", "WMH")}

    return run


def test_tissues_of_the_template_fill_its_brain(maps, step):
    brain = maps["mask"].data > 0.5
    made = step(brain.astype(np.float32))
    lesions = made.pop("WMH")
    assert lesions.data.sum() * lesions.grid.voxel_ml < 1
    np.testing.assert_allclose(sum(volume.data for volume in made.values()), brain, atol=1e-3)
    for name in ("GM", "WM"):
        assert np.corrcoef(made[name].data[brain], maps[name].data[brain])[0, 1] > 0.8


def test_a_lesion_of_white_matter_is_no_gray_matter(maps, step):
    brain, white = maps["mask"].data > 0.5, maps["WM"].data > 0.9
    place = np.argwhere(ndimage.binary_erosion(white))
    center = place[np.argmin(np.abs(place - np.median(place[place[:, 0] < 20], axis=0)).sum(axis=1))]
    near = (np.abs(np.indices(white.shape).T - center).T <= 1).all(axis=0) & white
    gray = np.median(maps["T1w"].data[maps["GM"].data > 0.9])
    image = np.where(near, gray, maps["T1w"].data).astype(np.float32)
    made, without = (step(brain.astype(np.float32), image, lesions) for lesions in (True, False))
    planted = near.sum() * maps["T1w"].grid.voxel_ml
    voxel_ml = maps["T1w"].grid.voxel_ml
    assert made["WMH"].data.sum() * voxel_ml == pytest.approx(planted, rel=0.3)
    assert without["WMH"].data.sum() == 0 and without["GM"].data[near].mean() > 0.7
    assert made["WM"].data[near].mean() > 0.9
    np.testing.assert_allclose(made["GM"].data + made["WMH"].data, without["GM"].data, atol=1e-3)


def test_an_empty_mask_is_a_fault_of_the_scan(maps, step):
    with pytest.raises(ScanFault, match="mask is empty"):
        step(0 * maps["mask"].data)


def test_a_bounding_box_has_a_margin_inside_the_volume():
    mask = np.zeros((20, 20, 20), dtype=bool)
    mask[1, 8:12, 19] = True
    box = bounding_box(mask)
    assert box == (slice(0, 4), slice(6, 14), slice(17, 22)) and mask[box].shape == (4, 8, 3)
