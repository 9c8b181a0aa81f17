import numpy as np
import pytest

from adrepro.evaluation import near_duplicates as module
from adrepro.evaluation.near_duplicates import anatomy_correlations, coarse_logarithm, coarse_region, similarity

RNG = np.random.default_rng(0)
SHARED = 4 * RNG.normal(size=400)


def heads(count):
    """Features of heads that share an anatomy, each with one of its own."""
    return np.stack([SHARED + RNG.normal(size=400) for _ in range(count)])


def test_the_correlation_is_that_of_the_residuals_from_the_mean_of_the_others():
    features = heads(7)
    scaled = (features - features.mean(axis=0)) / features.std(axis=0)
    scaled -= scaled.mean(axis=1, keepdims=True)
    others = scaled[2:].mean(axis=0)
    residuals = scaled[0] - others, scaled[1] - others
    plain = residuals[0] @ residuals[1] / np.sqrt((residuals[0] @ residuals[0]) * (residuals[1] @ residuals[1]))
    assert anatomy_correlations(features)[0, 1] == pytest.approx(plain, abs=1e-5)


def test_one_head_twice_is_found_and_two_heads_are_not():
    features = heads(12)
    features[5] = features[2] + RNG.normal(0, 0.3, 400)
    found = similarity(features, np.arange(12), 0.01)
    ((one, other, correlation),) = found.alike()
    assert (one, other) == (2, 5) and correlation > 0.8 > found.threshold > 0.1


def test_blocks_find_the_same(monkeypatch):
    features = heads(12)
    whole = anatomy_correlations(features)
    monkeypatch.setattr(module, "BLOCK", 5)
    np.testing.assert_allclose(anatomy_correlations(features), whole, atol=1e-5)


def test_two_visits_of_one_person_are_counted_apart():
    features, people = heads(12), np.arange(12)
    features[5], people[5] = features[2], people[2]
    found = similarity(features, people, 0.01)
    assert found.alike() == []
    table = found.distribution()
    assert (table["different"].sum(), table["same"].sum()) == (65, 1)
    assert table.loc[table["same"] == 1, "low"].item() > 0.9


def test_fine_maps_become_coarse_and_their_scale_only_shifts_them():
    volume = np.abs(RNG.normal(1, 0.3, (16, 16, 16))) + 0.1
    assert coarse_logarithm(volume, 1.0).shape == (4, 4, 4)
    difference = coarse_logarithm(7 * volume, 2.0) - coarse_logarithm(volume, 2.0)
    np.testing.assert_allclose(difference, np.log(7), rtol=1e-4)


def test_the_threshold_leaves_the_expected_number_of_false_alarms():
    few, many = (similarity(heads(count), np.arange(count), 0.01).threshold for count in (40, 300))
    spread = 1 / np.sqrt(400)
    assert few == pytest.approx(np.tanh(5.0 * spread), abs=0.03) and many == pytest.approx(
        np.tanh(5.2 * spread), abs=0.03
    )
    alarms = [len(similarity(RNG.normal(size=(20, 100)), np.arange(20), 0.1).alike()) for _ in range(200)]
    assert sum(alarms) <= 40  # 20 are expected


def test_the_brain_is_compared_with_a_margin():
    mask = np.zeros((32, 32, 32))
    mask[12:20, 12:20, 12:20] = 1
    found = coarse_region(mask, 2.0)
    assert found.shape == (16, 16, 16) and found[8, 8, 4] and not found[8, 8, 3] and not found[4, 4, 8]
