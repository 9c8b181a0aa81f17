import numpy as np
import torch
from scipy import ndimage

from adrepro.preprocessing.registration.torch_filters import (
    central_differences,
    gaussian_filter,
    resample_displacement,
    resize,
    sampled,
    separable_filter,
    voxel_centers,
)


def test_filters_equal_scipy():
    x = np.random.default_rng(0).standard_normal((12, 14, 10)).astype(np.float32)
    ours = gaussian_filter(torch.from_numpy(x)[None, None], 1.0)[0, 0].numpy()
    np.testing.assert_allclose(ours, ndimage.gaussian_filter(x, 1.0, mode="constant", truncate=3), atol=1e-5)
    box = separable_filter(torch.from_numpy(x)[None, None], [1 / 3] * 3)[0, 0].numpy()
    np.testing.assert_allclose(box, ndimage.uniform_filter(x, 3, mode="constant"), atol=1e-5)


def test_sampling_at_the_voxels_gives_the_volume_and_beyond_them_zero():
    x = torch.rand(1, 2, 6, 7, 8)
    points = voxel_centers(x.shape[2:], x.device)
    torch.testing.assert_close(sampled(x, points), x)
    shift = torch.tensor([10.0, 0, 0]).reshape(1, 3, 1, 1, 1)
    assert sampled(x, points + shift).abs().max() == 0
    torch.testing.assert_close(sampled(x, points + shift, "border")[:, :, 0], x[:, :, -1])


def test_differences_of_a_ramp_are_its_slope():
    x = voxel_centers(torch.Size((6, 7, 8)), torch.device("cpu"))[:, 1:2] * 3
    found = central_differences(x)[0, :, 1:-1, 1:-1, 1:-1]
    assert (found[1] == 3).all() and (found[[0, 2]] == 0).all()


def test_a_displacement_keeps_its_length_in_space_on_another_grid():
    shift = torch.ones(1, 3, 9, 9, 9)
    torch.testing.assert_close(resample_displacement(shift, [17, 17, 17]), torch.full((1, 3, 17, 17, 17), 2.0))
    assert resize(shift, [5, 6, 7]).shape == (1, 3, 5, 6, 7)
