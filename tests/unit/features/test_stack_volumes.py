import numpy as np
import pandas as pd
import pytest
from scipy.ndimage import gaussian_filter

from adrepro.core.errors import UserError
from adrepro.core.tables import read_table, write_table
from adrepro.features.stack_volumes import stack_volumes
from adrepro.imaging.volumes import Volume, save

SCANS = pd.DataFrame(
    {
        "participant_id": ["sub-2", "sub-1"],
        "session_id": ["ses-M000", "n/a"],
        "scan": ["sub-2_ses-M000", "sub-1"],
    }
)


@pytest.fixture
def maps(tmp_path):
    """The maps of two scans by name; each is written below the derivatives."""
    draw = np.random.default_rng(0)
    data = {scan: draw.uniform(size=(8, 9, 10)).astype(np.float32) for scan in SCANS["scan"]}
    for scan, values in data.items():
        path = tmp_path / "derivatives" / scan.replace("_", "/") / "anat" / f"{scan}_x.nii.gz"
        save(path, Volume(values, np.diag([2.0, 2, 3, 1])))
    write_table(tmp_path / "included.tsv", SCANS)
    return data


def run(tmp_path, **change):
    settings = {"suffix": "x.nii.gz", "smoothing_fwhm_mm": 0, "equalize": False} | change
    out, index = tmp_path / "maps.npy", tmp_path / "maps.tsv"
    stack_volumes(tmp_path / "included.tsv", tmp_path / "derivatives", out=out, index=index, **settings)
    return np.load(out), read_table(index)


def test_maps_are_stacked_in_the_order_of_the_index(tmp_path, maps):
    found, index = run(tmp_path)
    assert found.dtype == np.float32 and index.to_numpy().tolist() == [["sub-2", "ses-M000"], ["sub-1", "n/a"]]
    np.testing.assert_array_equal(found, np.stack(list(maps.values())))


def test_the_width_of_the_smoothing_is_in_millimeters(tmp_path, maps):
    found, _ = run(tmp_path, smoothing_fwhm_mm=8)
    wanted = [gaussian_filter(one, 8 / 2.3548 / np.array([2, 2, 3])) for one in maps.values()]
    np.testing.assert_allclose(found, wanted, atol=1e-6)


def test_equalized_maps_have_a_flat_histogram(tmp_path, maps):
    found, _ = run(tmp_path, equalize=True)
    for one in found:
        np.testing.assert_allclose(np.percentile(one, [25, 50, 75]), [0.25, 0.5, 0.75], atol=0.02)


def test_a_map_that_is_missing_is_named_and_nothing_is_written(tmp_path, maps):
    (tmp_path / "derivatives/sub-1/anat/sub-1_x.nii.gz").unlink()
    with pytest.raises((UserError, OSError), match="sub-1_x.nii.gz"):
        run(tmp_path)
    assert not list(tmp_path.glob("maps*")) and not list(tmp_path.glob(".part-*"))
