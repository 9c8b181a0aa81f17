import torch
from torch.nn import functional

from adrepro.models.deep.layers import PadMaxPool3d


def test_pooling_before_relu_is_pooling_of_zero_padded_maps_after_relu():
    x = torch.randn(2, 3, 5, 4, 7)
    padded = functional.pad(functional.relu(x), (1, 0, 0, 0, 1, 0))
    assert torch.equal(functional.relu(PadMaxPool3d()(x)), functional.max_pool3d(padded, 2))
