import numpy as np
from scipy.ndimage import gaussian_filter

from adrepro.evaluation import near_duplicates as module
from adrepro.evaluation.near_duplicates import coarse, near_duplicates, residual_correlations

RNG = np.random.default_rng(0)
SHARED = 4 * gaussian_filter(RNG.normal(size=(16, 16, 16)), 2)


def people(count):
    """Images that share an anatomy and have each something of their own."""
    return np.stack([0.6 + SHARED + gaussian_filter(RNG.normal(size=SHARED.shape), 1) for _ in range(count)])


def test_own_correlation_is_that_of_the_rests_without_the_pair():
    images = people(7)
    inside = images.mean(axis=0) > 0.1
    values = images[:, inside] - images[:, inside].mean(axis=1, keepdims=True)
    others = values[2:].mean(axis=0)
    plain = np.corrcoef(values[0] - others, values[1] - others)[0, 1]
    ((_, found),) = residual_correlations(images)
    np.testing.assert_allclose(found[0, 1], plain, atol=1e-5)


def test_one_image_twice_is_found_and_two_people_are_not():
    images = people(12)
    images[5] = images[2] + RNG.normal(0, 0.05, SHARED.shape)
    compared, pairs = near_duplicates(images, np.arange(12), 0.5)
    assert compared == 66 and [pair[:2] for pair in pairs] == [(2, 5)] and pairs[0][3] > 0.9


def test_blocks_find_the_same(monkeypatch):
    images = people(12)
    images[9] = images[2] + RNG.normal(0, 0.05, SHARED.shape)
    whole = near_duplicates(images, np.arange(12), -1)
    monkeypatch.setattr(module, "BLOCK", 5)
    parts = near_duplicates(images, np.arange(12), -1)
    assert parts[0] == whole[0] == 66 and parts[1][0][:2] == (2, 9)
    np.testing.assert_allclose(sorted(parts[1]), sorted(whole[1]), atol=1e-5)


def test_two_visits_of_one_person_are_no_leak():
    images = people(12)
    images[5] = images[2]
    owners = np.arange(12)
    owners[5] = owners[2]
    assert near_duplicates(images, owners, 0.5) == (65, [])


def test_a_handful_of_scans_is_not_judged():
    assert near_duplicates(np.stack([SHARED] * 3), np.arange(3), 0.5) == (0, [])


def test_fine_maps_become_coarse_and_brightness_does_not_count():
    volume = np.abs(RNG.normal(1, 0.3, (16, 16, 16)))
    assert coarse(volume, 1.0).shape == (4, 4, 4)
    np.testing.assert_allclose(coarse(volume, 2.0), coarse(7 * volume, 2.0), rtol=1e-3)
