import pytest
import torch
from torch import nn

from adrepro.models.deep.architectures import conv4_fc3, conv5_fc3, join_copies, split_copies
from adrepro.models.deep.layers import PadMaxPool3d


def count(network):
    return sum(p.numel() for p in network.parameters())


def sizes_after_pooling(network, x):
    found = []
    for block in network.train(False)[0]:
        x = block(x)
        if isinstance(block, PadMaxPool3d):
            found.append(tuple(x.shape[1:]))
    return found


def test_parameter_counts_are_those_of_the_paper():
    assert count(conv5_fc3((169, 208, 179), 0.5)) == 42_293_972
    assert count(conv4_fc3((50, 50, 50), 0.0)) == 134_372


def test_feature_maps_are_those_of_the_paper():
    found = sizes_after_pooling(conv4_fc3((50, 50, 50), 0.0), torch.zeros(1, 1, 50, 50, 50))
    assert found == [(15, 24, 24, 24), (25, 11, 11, 11), (50, 5, 5, 5), (50, 2, 2, 2)]
    with torch.no_grad():
        found = sizes_after_pooling(conv5_fc3((169, 208, 179), 0.0), torch.zeros(1, 1, 169, 208, 179))
    assert [size[1:] for size in found] == [(85, 104, 90), (43, 52, 45), (22, 26, 23), (11, 13, 12), (6, 7, 6)]


@pytest.mark.parametrize("network", [conv4_fc3, conv5_fc3])
def test_a_group_of_networks_is_those_networks(network):
    group = network((12, 12, 12), 0.0, copies=3).train(False)
    x = torch.randn(2, 3, 12, 12, 12)
    weights = split_copies(group.state_dict(), 3)
    for i, own in enumerate(weights):
        alone = network((12, 12, 12), 0.0).train(False)
        alone.load_state_dict(own)
        torch.testing.assert_close(alone(x[:, i : i + 1])[:, 0], group(x)[:, i])
    again = join_copies(weights)
    assert all(torch.equal(again[name], value) for name, value in group.state_dict().items())


def test_layers_of_a_group_have_initial_weights_as_single_ones():
    torch.manual_seed(0)
    many, one = conv4_fc3((12,) * 3, 0.0, copies=20), conv4_fc3((12,) * 3, 0.0)
    spread = {name: value.std() for name, value in one.named_parameters() if value.ndim > 1}
    for name, value in many.named_parameters():
        if value.ndim > 1:
            torch.testing.assert_close(value.std(), spread[name], rtol=0.15, atol=0)
    assert isinstance(one[1][2], nn.Linear)
