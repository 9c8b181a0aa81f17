import pytest

from adrepro.config.settings.quality import QualityLimits
from adrepro.core.errors import ScanFault
from adrepro.core.files import read_json
from adrepro.core.tables import read_table
from adrepro.preprocessing.derivatives.import_freesurfer import import_freesurfer
from freesurfer_folder import volumes_mm3, write_stats


def run(folder, limits):
    made = [folder / "out" / name for name in ("volumes.tsv", "volumes.json", "verdict.json", "picture.jpg")]
    import_freesurfer(folder, "sub-1", [], *made, limits)
    return made


def test_volumes_get_anatomical_names_and_a_verdict(tmp_path):
    mm3 = volumes_mm3(0)
    write_stats(tmp_path / "sub-1" / "stats", mm3)
    volumes, tissues, verdict, picture = run(tmp_path, QualityLimits(gm_fraction=None))
    ml = read_table(volumes).set_index("name")["volume_ml"].astype(float)
    assert ml["Left hippocampus"] == pytest.approx(mm3["Left-Hippocampus"] / 1000)
    assert ml["Right insula"] == pytest.approx(mm3["ctx-rh-insula"] / 1000)
    record = read_json(tissues)
    assert record["tiv_ml"] == 1500 and record["wmh_ml"] == pytest.approx(mm3["WM-hypointensities"] / 1000)
    assert record["source"] == "aseg.stats, lh.aparc.stats, rh.aparc.stats"
    assert read_json(verdict)["verdict"] == "pass" and picture.read_bytes()[:2] == b"\xff\xd8"


def test_an_implausible_scan_fails(tmp_path):
    write_stats(tmp_path / "sub-1" / "stats", volumes_mm3(0))
    verdict = read_json(run(tmp_path, QualityLimits(tiv_ml=(1600, 2000)))[2])
    assert verdict["verdict"] == "fail" and verdict["reasons"][0].startswith("tiv_ml is 1.5e+03")


def test_a_scan_without_tables_is_named(tmp_path):
    with pytest.raises(ScanFault, match="sub-1: no stats folder and no table in"):
        run(tmp_path, QualityLimits())
