from typing import get_args

import pytest
import torch

from adrepro.config.model_kinds import NETWORKS
from adrepro.config.settings.approaches import CnnApproach, Network
from adrepro.models.deep.registry import MONAI, CenterCrop, architecture, build

SIZE = (40, 48, 44)


def settings(network, kind="cnn_whole", **more):
    return CnnApproach(network=network, kind=kind, dropout=0.3, epochs=1, **more)


@pytest.mark.parametrize("name", [*MONAI, "Conv5_FC3"])
def test_every_network_gives_two_logits_and_learns(name):
    network = build(settings(name), SIZE)
    logits = network(torch.randn(2, 1, *SIZE))
    assert logits.shape == (2, 1, 2) and logits.requires_grad
    logits.sum().backward()
    assert all(p.grad is not None for p in network.parameters() if p.requires_grad and p.ndim > 1)


@pytest.mark.parametrize(("size", "name"), [(50, "Conv4_FC3"), (33, "Conv4_FC3"), (25, "Conv4_FC3 (padded)")])
def test_small_regions_are_padded_and_named_so(size, name):
    own = settings("Conv4_FC3", "cnn_roi")
    assert architecture(own, (size,) * 3) == name
    assert build(own, (size,) * 3).train(False)(torch.zeros(1, 1, size, size, size)).shape == (1, 1, 2)


def test_slices_have_a_2d_network():
    own = settings("ResNet-18 (2D)", "cnn_slice", image_size=64)
    assert build(own, (1, 52, 45))(torch.rand(2, 1, 1, 52, 45)).shape == (2, 1, 2)
    assert architecture(own, (1, 52, 45)) == "ResNet-18 (2D)"


def test_a_transformer_sees_the_center_of_axes_that_are_no_whole_patches():
    x = torch.arange(7.0 * 6 * 5).reshape(1, 1, 7, 6, 5)
    assert torch.equal(CenterCrop((4, 6, 4))(x), x[:, :, 1:5, :, 0:4])


def test_every_network_of_the_settings_is_in_the_registry():
    assert set(get_args(Network)) == {*MONAI, *NETWORKS.values()}
