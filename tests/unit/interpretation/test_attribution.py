import numpy as np
import pytest
import torch
from torch import nn

from adrepro.imaging.grids import study_grid
from adrepro.interpretation.attribution import OneNetwork, grad_cam, integrated_gradients, occlusion, target_layer
from adrepro.interpretation.attribution_metrics import Seen, check_rows, region_rows
from adrepro.models.deep.registry import build
from adrepro.simulation.ground_truth import planted_region


def network(kind="cnn_whole", name="Conv5_FC3", size=(20, 24, 22)):
    torch.manual_seed(0)
    return OneNetwork(build({"kind": kind, "network": name, "dropout": 0, "image_size": 32}, size)), size


class Corner(nn.Module):
    """Says positive by the mean of the first octant alone, (B, 1, X, Y, Z) to (B, 1, 2)."""

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
    found = method(OneNetwork(Corner()), x)
    assert found.shape == x.shape
    inside = found[..., :4, :4, :4].mean()
    rest = found.clone()
    rest[..., :4, :4, :4] = 0
    # Grad-CAM weighs whole maps, so that here it shows the one map as it is.
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


def seen():
    brain = np.zeros((6, 6, 6), bool)
    brain[1:5, 1:5, 1:5] = True
    labels = np.zeros((6, 6, 6), int)
    labels[1:3, 1:5, 1:5], labels[3:5, 1:5, 1:5] = 1, 2
    return Seen(np.ones_like(brain), brain, labels, ["near", "far", "elsewhere"], labels == 1)


def test_regions_are_told_with_how_much_they_stand_out():
    values = np.where(seen().labels == 1, 3.0, 1.0)
    rows = region_rows({"grad_cam": values}, seen())
    assert [(r["region"], r["ratio"]) for r in rows] == [("near", 1.5), ("far", 0.5)]


def test_the_checks_tell_a_map_of_the_planted_region_from_noise():
    rng = np.random.default_rng(0)
    values, noise = np.where(seen().labels == 1, 3.0, 1.0) + rng.random((6, 6, 6)), rng.random((6, 6, 6))
    trained, random = check_rows({"grad_cam": values}, {"grad_cam": noise}, seen())
    assert trained["planted_auc"] == 1 and abs(random["planted_auc"] - 0.5) < 0.2
    assert trained["planted_ratio"] > 1.3 > random["planted_ratio"] and abs(trained["correlation"]) < 0.4


def test_a_map_that_is_the_same_with_random_weights_is_told():
    values = np.random.default_rng(0).random((6, 6, 6))
    assert check_rows({"m": values}, {"m": 2 * values}, seen())[0]["correlation"] == pytest.approx(1)


def test_empty_maps_give_no_numbers():
    empty = np.zeros((6, 6, 6))
    trained, _ = check_rows({"m": empty}, {"m": empty}, seen())
    assert np.isnan(trained["correlation"]) and np.isnan(trained["planted_auc"])


def test_the_planted_region_is_where_the_hippocampi_are():
    grid = study_grid(4)
    found = planted_region(grid)
    x, y, z = grid.points()
    near = (np.abs(np.abs(x) - 26) < 6) & (np.abs(y + 20) < 8) & (np.abs(z + 14) < 6)
    assert found[near].mean() > 0.5 and found.mean() < 0.05
