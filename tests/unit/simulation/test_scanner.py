import nibabel as nib
import numpy as np
import pytest

from adrepro.config.settings.simulation import Contrast, Scanner
from adrepro.imaging.grids import Grid, study_grid
from adrepro.simulation.deformation import atrophy_velocity, integrate
from adrepro.simulation.scanner import acquire, bias_field, scan_grid

CONTRAST = Contrast(CSF=0.22, GM=0.6, WM=0.95, fluid=0.22, skull=0.08, scalp=1.1, muscle=0.5)


def scanner(**change):
    settings = {"voxel_mm": (5.0, 4.0, 4.5), "axes": "PSR", "dtype": "int16", "noise": 0.0, "bias": 0.0}
    return Scanner(**{**settings, "pose_degrees": 0.0, "origin_mm": 0.0, "contrast": CONTRAST, **change})


@pytest.mark.parametrize("axes", ["RAS", "LAS", "PSR", "LIA"])
def test_a_scan_has_the_axes_and_voxels_of_its_scanner(axes):
    grid, to_head = scan_grid(scanner(axes=axes), np.random.default_rng(0))
    assert "".join(nib.aff2axcodes(grid.affine)) == axes
    order = [{"L": 0, "R": 0, "A": 1, "P": 1, "S": 2, "I": 2}[axis] for axis in axes]
    np.testing.assert_allclose(grid.voxel_mm, np.array([5.0, 4.0, 4.5])[order])
    np.testing.assert_allclose(to_head[:3, :3], np.eye(3), atol=1e-12)
    center = grid.affine @ [*((np.array(grid.shape) - 1) / 2), 1]
    np.testing.assert_allclose(center[:3], [0, -20, -4], atol=1e-9)


def test_the_origin_moves_the_header_and_not_the_head():
    grid, to_head = scan_grid(scanner(origin_mm=40.0), np.random.default_rng(0))
    still, still_to_head = scan_grid(scanner(), np.random.default_rng(0))
    assert np.abs(grid.affine[:3, 3] - still.affine[:3, 3]).max() > 5
    np.testing.assert_allclose(to_head @ grid.affine, still_to_head @ still.affine, atol=1e-9)


def test_the_bias_field_is_positive_with_the_wanted_strength():
    field = bias_field(study_grid(4), 0.2, np.random.default_rng(0))
    assert field.min() > 0
    assert np.log(field).std() == pytest.approx(0.2, rel=1e-3) and np.log(field).mean() == pytest.approx(0, abs=1e-3)
    assert (bias_field(Grid((4, 4, 4), np.eye(4)), 0.0, np.random.default_rng(0)) == 1).all()


@pytest.mark.parametrize(("dtype", "full_scale"), [("uint8", 255), ("int16", 4000), ("float32", 1.6)])
def test_a_scan_without_noise_shows_its_tissues(dtype, full_scale):
    still = integrate(np.zeros_like(atrophy_velocity(0, 0)))
    image, truth, to_head = acquire(still, np.ones(3), scanner(dtype=dtype), np.random.default_rng(0))
    assert image.get_data_dtype() == dtype and image.header["qform_code"] == image.header["sform_code"] == 1
    data = np.asarray(image.dataobj)
    deep = truth["WM"].data > 0.98
    assert deep.sum() > 50 and np.median(data[deep]) == pytest.approx(0.95 / 1.6 * full_scale, rel=0.02)
    shares = sum(volume.data for volume in truth.values())
    assert set(truth) == {"CSF", "GM", "WM"} and shares.max() < 1.001 and shares.min() > -0.001
    assert to_head.shape == (4, 4)


def test_the_size_of_the_head_changes_its_volume():
    still, draws = integrate(np.zeros_like(atrophy_velocity(0, 0))), [np.random.default_rng(0) for _ in range(2)]
    volumes = [
        acquire(still, np.full(3, size), scanner(), rng)[1]["WM"].data.sum()
        for size, rng in zip((1.0, 0.9), draws, strict=True)
    ]
    assert volumes[1] / volumes[0] == pytest.approx(0.9**3, rel=0.03)
