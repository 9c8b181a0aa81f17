import pytest
import torch
from torch import nn

from adrepro.config.settings.approaches import CnnApproach
from adrepro.interpretation.attribution import SingleLogits, grad_cam, integrated_gradients, occlusion, target_layer
from adrepro.models.deep.registry import build


def network(kind="cnn_whole", name="Conv5_FC3", size=(20, 24, 22)):
    torch.manual_seed(0)
    return SingleLogits(build(CnnApproach(kind=kind, network=name, epochs=1, dropout=0, image_size=32), size)), size


class Corner(nn.Module):
    """Network whose logits depend on the mean of the first octant only, (B, 1, X, Y, Z) to (B, 1, 2)."""

    def __init__(self):
        super().__init__()
        self.convolution = nn.Conv3d(1, 1, 3, padding=1)
        with torch.no_grad():
            self.convolution.weight.zero_()
            self.convolution.weight[0, 0, 1, 1, 1] = 1
            self.convolution.bias.zero_()

    def forward(self, x):
        score = self.convolution(x)[..., :4, :4, :4].mean((1, 2, 3, 4))
        return torch.stack([torch.zeros_like(score), 8 * score], 1)[:, None]


@pytest.mark.parametrize(
    "method", [grad_cam, lambda n, x: occlusion(n, x, 4), lambda n, x: integrated_gradients(n, x, 8)]
)
def test_each_method_finds_the_one_place_that_counts(method):
    x = torch.rand(2, 1, 8, 8, 8, generator=torch.Generator().manual_seed(0))
    x[..., :4, :4, :4] += 1
    found = method(SingleLogits(Corner()), x)
    assert found.shape == x.shape
    inside = found[..., :4, :4, :4].mean()
    rest = found.clone()
    rest[..., :4, :4, :4] = 0
    # Grad-CAM weighs whole feature maps: here it returns the only one.
    assert inside > 0 and (method is grad_cam or rest.abs().max() < 0.5 * inside)


def test_integrated_gradients_add_up_to_the_change_of_the_log_odds():
    net, size = network()
    x = torch.rand(1, 1, *size)
    found = integrated_gradients(net, x, 64)
    logits = net(torch.cat([x, torch.zeros_like(x)]))
    change = (logits[0, 1] - logits[0, 0]) - (logits[1, 1] - logits[1, 0])
    assert found.sum().item() == pytest.approx(change.item(), abs=0.02 * abs(change.item()) + 1e-4)


@pytest.mark.parametrize(
    ("kind", "name", "size"),
    [
        ("cnn_roi", "Conv4_FC3", (12, 12, 12)),
        ("cnn_slice", "ResNet-18 (2D)", (1, 24, 22)),
        ("cnn_whole", "ResNet10", (12, 12, 12)),
    ],
)
def test_all_kinds_of_networks_can_be_explained(kind, name, size):
    net, size = network(kind, name, size)
    x = torch.rand(2, 1, *size)
    for found in (grad_cam(net, x), occlusion(net, x, 4), integrated_gradients(net, x, 2)):
        assert found.shape == x.shape and torch.isfinite(found).all()
    assert not net.training


def test_grad_cam_takes_the_deepest_map_that_shows_a_place():
    net, size = network()
    layer = target_layer(net, size)
    shapes = []
    dict(net.named_modules())[layer].register_forward_hook(lambda _, __, out: shapes.append(out.shape[2:]))
    net(torch.zeros(1, 1, *size))
    assert 3 <= min(shapes[0]) < 6
