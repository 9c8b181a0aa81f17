"""Derivatives of other tools in place of preprocessing."""

import pytest

from adrepro.config.settings.quality import QualityLimits
from adrepro.core.errors import ScanFault
from adrepro.core.files import read_json
from adrepro.core.tables import read_table
from adrepro.imaging.grids import study_grid
from adrepro.imaging.volumes import Volume, load
from adrepro.preprocessing.derivatives.external_derivatives import find_maps
from adrepro.preprocessing.derivatives.import_derivatives import import_derivatives
from adrepro.preprocessing.reference.template_sources import load_template

LIMITS = QualityLimits(
    **dict.fromkeys(QualityLimits.model_fields)
    | {"template_correlation": (0.4, 1), "coverage": (0.9, 1), "tiv_ml": (700, 2800), "sharpness": (0.35, 10)}
)


@pytest.fixture
def run(tmp_path, reference, derivatives):
    def imported(kind):
        """Import the derivatives below `tmp_path`; return the files that were written."""
        found = find_maps(tmp_path, kind, *derivatives.scan)
        names = ("modulated.nii.gz", "volumes.tsv", "volumes.json", "verdict.json", "picture.jpg")
        made = [tmp_path / "out" / name for name in names]
        atlas = (reference / "atlas.nii.gz", reference / "atlas.tsv")
        import_derivatives(tmp_path, kind, *derivatives.scan, list(found.values()), reference, *atlas, *made, LIMITS, 4)
        return made

    return imported


@pytest.mark.parametrize("kind", ["fmriprep", "caps", "cat12"])
def test_maps_are_put_on_the_study_grid(kind, tmp_path, derivatives, run):
    derivatives.make(tmp_path, kind)
    modulated, volumes, tissues, verdict, picture = run(kind)
    record, gray = read_json(tissues), load(modulated)
    assert read_json(verdict)["verdict"] == "pass" and picture.stat().st_size > 1000
    assert gray.data.shape == study_grid(4).shape
    expected = load_template()["GM"]
    assert record["tissue_ml"]["GM"] == pytest.approx(expected.data.sum() * expected.grid.voxel_ml, rel=0.03)
    assert gray.data.sum() * gray.grid.voxel_ml == pytest.approx(record["tissue_ml"]["GM"], rel=0.03)
    table = read_table(volumes)
    assert list(table) == ["index", "name", "volume_ml", "density"] and table["name"].tolist() == ["left", "right"]
    left, right = table["volume_ml"].astype(float)
    assert left == pytest.approx(right, rel=0.05)
    assert record["modulated"] is (kind != "fmriprep")


def test_what_is_missing_or_wrong_is_named(tmp_path, derivatives, run):
    with pytest.raises(ScanFault, match="no GM, WM, CSF among the cat12 derivatives"):
        run("cat12")
    gray = load_template()["GM"].on(study_grid(3))
    derivatives.make(tmp_path, "cat12", GM=gray.like(gray.data * 255))
    with pytest.raises(ScanFault, match=r"mwp1.*values from 0 to 2\d\d, expected a tissue map"):
        run("cat12")
    away = gray.affine.copy()
    away[:3, 3] += 60
    derivatives.make(tmp_path, "cat12", GM=Volume(gray.data, away))
    with pytest.raises(ScanFault, match=r"covers \d+% of the template's brain"):
        run("cat12")
    assert not (tmp_path / "out").exists()


def test_a_map_of_another_tissue_fails_quality_control(tmp_path, derivatives, run):
    derivatives.make(tmp_path, "cat12", GM=load_template()["WM"].on(study_grid(3)))
    verdict = read_json(run("cat12")[3])
    assert verdict["verdict"] == "fail" and "template_correlation" in verdict["reasons"][0]
