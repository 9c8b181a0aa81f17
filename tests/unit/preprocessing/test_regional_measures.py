import numpy as np
import pytest

from adrepro.core.files import read_json
from adrepro.core.tables import read_table
from adrepro.imaging.volumes import Volume
from adrepro.preprocessing.regional_measures import (
    Morphometry,
    regional_densities,
    regional_volumes,
    structure_volumes,
    tissue_volumes,
)

AFFINE = np.diag([2.0, 2, 2, 1])


def test_volumes_are_counted_per_region():
    labels = np.array([[[0, 1, 1, 2]]])
    gray = np.array([[[0.5, 0.5, 1.0, 0.25]]])
    np.testing.assert_allclose(regional_volumes(labels, gray, 0.008, 3), [0.012, 0.002, 0])


def test_densities_are_means_over_the_voxels_of_a_region():
    labels = Volume(np.array([[[0, 1, 1, 2]]]), AFFINE)
    gray = Volume(np.array([[[0.5, 0.5, 1.0, 0.25]]]), AFFINE)
    np.testing.assert_allclose(regional_densities(gray, labels, 3), [0.75, 0.25, 0], atol=1e-6)


def test_hippocampi_and_lateral_ventricles_are_found_by_their_names_and_others_stay_unknown():
    regions = {"Right hippocampus": 3.5, "Left lateral ventricle": 10.0, "Left inferior lateral ventricle": 0.5, "x": 1}
    assert structure_volumes(regions) == {"right_hippocampus_ml": 3.5, "lateral_ventricles_ml": 10.0}


def test_a_table_and_its_sidecar_are_written(tmp_path):
    tissues = tissue_volumes({name: Volume(np.full((10, 10, 10), 0.5), AFFINE) for name in ("GM", "WM")})
    measures = Morphometry(["a", "b"], np.array([1.234567, 0]), np.array([0.1234567, 0]), tissues)
    measures.write(tmp_path / "morph.tsv", tmp_path / "morph.json", source="x.nii", modulated=True)
    table = read_table(tmp_path / "morph.tsv")
    assert list(table) == ["index", "name", "volume_ml", "density"] and table["index"].tolist() == ["1", "2"]
    assert float(table["volume_ml"][0]) == 1.23457 and float(table["density"][0]) == 0.123457
    expected = {"tiv_ml": 8.0, "tissue_ml": {"GM": 4.0, "WM": 4.0}, "source": "x.nii", "modulated": True}
    assert read_json(tmp_path / "morph.json") == expected and measures.tiv_ml == pytest.approx(8)
