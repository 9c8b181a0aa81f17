import numpy as np
import pytest

from adrepro.preprocessing.tissue_model import CSF, GM, WM, Mixture, mixed_priors

MODEL = Mixture([np.full(5, mean, dtype=np.float32) for mean in (0.3, 0.6, 1.0)], np.full(3, 0.05, dtype=np.float32))


def test_priors_follow_the_maps_and_add_up_to_one():
    maps = np.array([[1, 0, 0], [0, 1, 0.5], [0, 0, 0.5]], dtype=float)
    prior = mixed_priors(maps, 1)
    np.testing.assert_allclose(prior.sum(axis=0), 1, rtol=1e-6)
    assert list(prior[:3].argmax(axis=0)[:2]) == [CSF, GM]
    assert prior[4, 2] > prior[3, 2]  # a mixture of gray and white matter where both are expected
    np.testing.assert_allclose(mixed_priors(maps, 0)[:3], 1 / 7, rtol=1e-6)


def test_the_likeliest_tissue_is_that_of_the_nearest_mean_beyond_all_means_too():
    x = np.array([0.0, 0.3, 0.6, 1.0, 3.0], dtype=np.float32)
    assert list(MODEL.likelihoods(x)[:3].argmax(axis=0)) == [CSF, CSF, GM, WM, WM]


def test_a_mixture_is_divided_by_its_intensity():
    x = np.array([0.45, 0.8, 0.9, 0.3, 1.0], dtype=np.float32)
    posterior = np.zeros((5, 5), dtype=np.float32)
    posterior[3, [0, 3]] = posterior[4, [1, 2, 4]] = 1
    found = MODEL.fractions(x, posterior)
    np.testing.assert_allclose(found.sum(axis=0), 1, rtol=1e-6)
    assert found[GM, 0] == pytest.approx(0.5) and found[WM, 1] == pytest.approx(0.5, abs=1e-3)
    assert found[WM, 2] == pytest.approx(0.75, abs=1e-3)
    assert found[CSF, 3] == found[WM, 4] == pytest.approx(1)
