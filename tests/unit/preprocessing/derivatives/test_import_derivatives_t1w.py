import pytest

from adrepro.core.errors import ScanFault
from adrepro.imaging.grids import study_grid
from adrepro.imaging.volumes import Volume, load, save
from adrepro.preprocessing.derivatives.import_derivatives_t1w import import_derivatives_t1w


def test_the_aligned_scan_is_taken_for_the_networks(tmp_path, reference, derivatives):
    derivatives.make(tmp_path, "caps")
    arguments = (tmp_path, "caps", *derivatives.scan, [], reference, tmp_path / "t1w.nii.gz", 4)
    import_derivatives_t1w(*arguments)
    assert load(tmp_path / "t1w.nii.gz").data.shape == study_grid(4).shape
    path = tmp_path / derivatives.names["caps"]["T1w"]
    scan = load(path)
    away = scan.affine.copy()
    away[:3, 3] += 60
    save(path, Volume(scan.data, away))
    with pytest.raises(ScanFault, match=r"covers \d+% of the template's brain"):
        import_derivatives_t1w(*arguments)
    path.unlink()
    with pytest.raises(ScanFault, match="no aligned T1w"):
        import_derivatives_t1w(*arguments)
