import numpy as np
import pytest
import torch

from adrepro.models.deep.dataset import PatchDataset, batch_indices

CPU = torch.device("cpu")
VOLUMES = np.random.default_rng(0).normal(5, 2, (4, 6, 6, 6)).astype(np.float32)
HALVES = [(slice(0, 3),) * 3, (slice(3, 6),) * 3]


@pytest.mark.parametrize("as_channels", [False, True])
def test_a_sample_is_a_region_or_an_image_with_its_regions_as_channels(as_channels):
    data = PatchDataset(VOLUMES, [2, 0, 3], [1, 0, 1], HALVES, "none", as_channels)
    x, y = data.batch([1, 2], CPU)
    if as_channels:
        np.testing.assert_array_equal(x[0], np.stack([VOLUMES[0][box] for box in HALVES]))
        assert x.shape == (2, 2, 3, 3, 3) and y.tolist() == [0, 1] and len(data) == 3
    else:
        np.testing.assert_array_equal(x[0, 0], VOLUMES[2][HALVES[1]])
        np.testing.assert_array_equal(x[1, 0], VOLUMES[0][HALVES[0]])
        assert y.tolist() == [1, 0] and data.sample_targets().tolist() == [1, 1, 0, 0, 1, 1] and len(data) == 6


def test_scaling_of_the_region_and_of_the_image():
    x, _ = PatchDataset(VOLUMES, [1], [0], HALVES, "patch").batch([0, 1], CPU)
    assert x.amin((1, 2, 3, 4)).tolist() == [0, 0] and x.amax((1, 2, 3, 4)).tolist() == [1, 1]
    x, _ = PatchDataset(VOLUMES, [1], [0], HALVES, "image").batch([0, 1], CPU)
    low, high = VOLUMES[1].min(), VOLUMES[1].max()
    np.testing.assert_allclose(x[1, 0], (VOLUMES[1][HALVES[1]] - low) / (high - low), rtol=1e-5)


def test_a_constant_region_is_zero_and_nan_is_kept():
    volumes = np.full((2, 6, 6, 6), 3, np.float32)
    volumes[1, 0, 0, 0] = np.nan
    data = PatchDataset(volumes, [0, 1], [0, 1], HALVES)
    assert data.batch([0], CPU)[0].abs().max() == 0 and data.batch([2], CPU)[0].isnan().any()


def test_chosen_samples_alone():
    data = PatchDataset(VOLUMES, [0, 1], [0, 1], HALVES, "none", only=np.array([1, 2]))
    assert len(data) == 2 and data.sample_targets().tolist() == [0, 1]
    np.testing.assert_array_equal(data.batch([1], CPU)[0][0, 0], VOLUMES[1][HALVES[0]])


def test_training_leaves_out_a_last_batch_of_one():
    drawn = batch_indices(9, 4, torch.Generator().manual_seed(0))
    assert [len(b) for b in drawn] == [4, 4] and len({n for b in drawn for n in b}) == 8
    assert batch_indices(9, 4) == [[0, 1, 2, 3], [4, 5, 6, 7], [8]]
