import numpy as np
import pytest

from adrepro.config.settings.approaches import ClassicalApproach
from adrepro.core.tables import read_table
from adrepro.models.classical.feature_set import read_inputs


@pytest.mark.parametrize("normalize", [False, True])
def test_features_and_kernel_are_those_of_the_rows_over_tiv_where_wanted(study, normalize):
    rows = read_table(study.split).iloc[[5, 3, 30]]
    tiv = read_table(study.regional, ("tiv_ml",))["tiv_ml"].to_numpy()[[5, 3, 30]]
    expected = study.values[[5, 3, 30]] / (tiv[:, None] if normalize else 1)
    read = {}
    for kind, features, kernel in (
        ("svm_regional", study.regional, []),
        ("svm_voxel", study.stacked, [study.kernel]),
    ):
        settings = ClassicalApproach(kind=kind, normalize_by_tiv=normalize)
        read[kind] = read_inputs(features, kernel, study.regional, [study.cohort], rows, settings)
    regional, voxel = read["svm_regional"], read["svm_voxel"]
    np.testing.assert_allclose(regional.features, expected)
    np.testing.assert_allclose(voxel.kernel, expected @ expected.T, rtol=1e-5)
    assert regional.kernel is None and regional.names == list("abcdef")
    assert voxel.features is None and voxel.maps == study.stacked and voxel.positions.tolist() == [5, 3, 30]
    for inputs in read.values():
        assert inputs.participants.tolist() == ["sub-05", "sub-03", "sub-30"]
        assert inputs.covariates["tiv_ml"].astype(float).tolist() == tiv.tolist()
        assert inputs.covariates["site"].tolist() == ["y", "y", "x"]
