import numpy as np
import pytest

from adrepro.features.linear_kernel import blocks, kernel_matrix, linear_kernel


@pytest.fixture
def maps(tmp_path):
    """Seven maps, and their file."""
    data = np.random.default_rng(0).normal(size=(7, 4, 5, 6)).astype(np.float32)
    np.save(tmp_path / "maps.npy", data)
    return data.reshape(7, -1).astype(float), tmp_path / "maps.npy"


@pytest.mark.parametrize("voxels", [1, 33, 120, 10_000])
def test_blocks_are_the_maps_whatever_their_size(maps, voxels):
    flat, path = maps
    found = list(blocks(path, block_bytes=7 * 8 * voxels))
    assert len(found) == -(-120 // min(voxels, 120)) and found[0].dtype == np.float64
    np.testing.assert_array_equal(np.concatenate(found, axis=1), flat)


def test_the_kernel_in_blocks_is_the_kernel(maps):
    flat, path = maps
    np.testing.assert_allclose(kernel_matrix(blocks(path, block_bytes=7 * 8 * 33)), flat @ flat.T)


def test_the_step_writes_the_kernel(maps, tmp_path):
    flat, path = maps
    linear_kernel(path, tmp_path / "kernel.npy")
    found = np.load(tmp_path / "kernel.npy")
    np.testing.assert_allclose(found, flat @ flat.T)
    assert found.dtype == np.float64
