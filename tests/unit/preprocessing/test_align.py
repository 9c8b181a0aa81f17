import numpy as np
import pytest

from adrepro.config.settings.images import BiasField, PreprocessingSettings
from adrepro.core.errors import ScanFault
from adrepro.core.files import read_json
from adrepro.imaging.volumes import load, save
from adrepro.preprocessing.align import align
from adrepro.preprocessing.bias_field import bias_strength, remove_bias


def test_a_bias_field_is_removed_and_measured(maps):
    image, brain = maps["T1w"], maps["mask"].data > 0.5
    field = np.exp(0.3 * image.grid.points()[0] / 60).astype(np.float32)
    biased = image.like(image.data * field)
    scan, small = remove_bias(biased, brain, biased, BiasField())
    assert bias_strength(biased, image, brain) == pytest.approx(np.log(field[brain & (image.data > 0)]).std(), abs=1e-4)
    left = bias_strength(scan, image, brain)
    assert left < 0.5 * bias_strength(biased, image, brain) and np.array_equal(scan.data, small.data)


def run(folder, reference, settings, provided=()):
    """The step on a scan with an offset and other coordinates; returns the paths of its files."""
    names = ("corrected.nii.gz", "mask.nii.gz", "affine.json", "preproc.nii.gz", "scan.json", "preproc.json")
    made = {name: folder / name for name in names}
    align(folder / "scan.nii.gz", reference, *made.values(), settings, 4, "S", 1, list(provided))
    return made


@pytest.fixture
def moved(maps, tmp_path):
    """The brain of the template, moved by 30 mm."""
    affine = maps["T1w"].affine.copy()
    affine[:3, 3] += (30, -20, 10)
    inside = maps["mask"].data > 0.5
    scan = type(maps["T1w"])(np.where(inside, 200 + 800 * maps["T1w"].data, 0).astype(np.float32), affine)
    save(tmp_path / "scan.nii.gz", scan)
    return scan


def test_a_skull_stripped_scan_is_aligned_to_the_template(maps, moved, reference, tmp_path):
    made = run(tmp_path, reference, PreprocessingSettings(registration_resolution_mm=4, brain_extraction="none"))
    record = read_json(made["affine.json"])
    assert record["skull_stripped"] and 0 <= record["bias_strength"] < 0.2
    brain = maps["mask"].data > 0.5
    np.testing.assert_array_equal(load(made["mask.nii.gz"]).data > 0.5, brain)
    centers = maps["mask"].grid.points()[:, brain].mean(axis=1)
    there = np.array(record["matrix"]) @ [*centers, 1]
    assert np.abs(there[:3] - centers - (30, -20, 10)).max() < 2
    preproc = load(made["preproc.nii.gz"])
    assert np.corrcoef(preproc.data[brain], maps["T1w"].data[brain])[0, 1] > 0.9
    assert read_json(made["preproc.json"])["SpatialReference"] == "S"


def test_a_scan_without_its_provided_mask_is_a_fault(moved, reference, tmp_path):
    settings = PreprocessingSettings(
        registration_resolution_mm=4, brain_extraction="provided", brain_masks="x", detect_stripped=False
    )
    with pytest.raises(ScanFault, match=r"scan.nii.gz: no mask of this scan"):
        run(tmp_path, reference, settings)
