import numpy as np

from adrepro.evaluation.multiple_testing import bonferroni, holm


def test_holm_and_bonferroni_by_hand():
    p = np.array([0.01, 0.04, 0.03, np.nan])
    np.testing.assert_allclose(holm(p), [0.03, 0.06, 0.06, np.nan])
    np.testing.assert_allclose(bonferroni(p), [0.03, 0.12, 0.09, np.nan])
