import pytest
import torch

from adrepro.models.deep.registry import MONAI, architecture, build

SIZE = (40, 48, 44)


def settings(network, kind="cnn_whole", **more):
    return {"network": network, "kind": kind, "dropout": 0.3, **more}


@pytest.mark.parametrize("name", [*MONAI, "Conv5_FC3"])
def test_every_network_gives_two_logits_and_learns(name):
    network = build(settings(name), SIZE)
    logits = network(torch.randn(2, 1, *SIZE))
    assert logits.shape == (2, 1, 2) and logits.requires_grad
    logits.sum().backward()
    assert all(p.grad is not None for p in network.parameters() if p.requires_grad and p.ndim > 1)


@pytest.mark.parametrize(("size", "name"), [(50, "Conv4_FC3"), (33, "Conv4_FC3"), (25, "Conv4_FC3 (padded)")])
def test_small_boxes_are_padded_and_say_so(size, name):
    own = settings("Conv4_FC3", "cnn_roi")
    assert architecture(own, (size,) * 3) == name
    assert build(own, (size,) * 3).train(False)(torch.zeros(1, 1, size, size, size)).shape == (1, 1, 2)
