import numpy as np
import pytest
import torch

from adrepro.errors import UserError
from adrepro.networks import PadMaxPool3d, architecture, build
from adrepro.parts import Parts, vote_weights
from adrepro.train import train


def count(network):
    return sum(p.numel() for p in network.parameters())


def test_parameter_counts_are_the_papers():
    assert count(build("cnn_whole", (169, 208, 179), 0.5)) == 42_293_972
    assert count(build("cnn_roi", (50, 50, 50), 0.0)) == 134_372


def test_feature_maps_are_the_papers():
    x, sizes = torch.zeros(1, 1, 50, 50, 50), []
    for block in build("cnn_patch", (50, 50, 50), 0.0).eval()[0]:
        x = block(x)
        if isinstance(block, PadMaxPool3d):
            sizes.append(tuple(x.shape[1:]))
    assert sizes == [(15, 24, 24, 24), (25, 11, 11, 11), (50, 5, 5, 5), (50, 2, 2, 2)]


def test_pooling_pads_the_low_side_of_odd_axes():
    pooled = PadMaxPool3d()(torch.arange(1.0, 4).reshape(1, 1, 3, 1, 1).expand(1, 1, 3, 2, 2))
    assert pooled[0, 0, :, 0, 0].tolist() == [1, 3]


@pytest.mark.parametrize(("size", "name"), [(50, "Conv4_FC3"), (33, "Conv4_FC3"), (25, "Conv4_FC3 (padded)")])
def test_small_boxes_are_padded_and_say_so(size, name):
    assert architecture("cnn_roi", (size,) * 3) == name
    assert build("cnn_roi", (size,) * 3, 0.0).eval()(torch.zeros(1, 1, size, size, size)).shape == (1, 2)


def test_votes():
    target = np.array([0, 0, 1, 1])
    probability = np.array([[0.1, 0.9], [0.2, 0.1], [0.9, 0.2], [0.8, 0.1]])
    np.testing.assert_allclose(vote_weights(probability, target, "accuracy", 0), [0.8, 0.2])
    np.testing.assert_allclose(vote_weights(probability, target, "accuracy", 0.7), [1, 0])
    np.testing.assert_allclose(vote_weights(probability, target, "accuracy", 1.1), [0.5, 0.5])
    np.testing.assert_allclose(vote_weights(probability[:, :1], target, "accuracy", 0), [1])


SETTINGS = {"epochs": 8, "batch_size": 4, "accumulate": 1, "learning_rate": 1e-3, "weight_decay": 0, "patience": 8}
SETTINGS["clip_norm"] = 5
WHOLE = [(slice(None),) * 3]


def cubes(n=24, seed=0):
    rng = np.random.default_rng(seed)
    target = np.arange(n) % 2
    volumes = rng.uniform(0, 1, (n, 12, 12, 12)).astype(np.float32)
    volumes[target == 1, 3:9, 3:9, 3:9] += 1.5
    return volumes, target


def run(seed=0, volumes=None):
    data, target = cubes()
    data = data if volumes is None else volumes
    torch.manual_seed(seed)
    parts = [Parts(data, range(a, b), target[a:b], WHOLE) for a, b in ((0, 16), (16, 24))]
    return train(build("cnn_roi", (12,) * 3, 0.0), *parts, SETTINGS, torch.device("cpu"), seed, report=lambda _: None)


def test_training_finds_a_bright_cube_and_repeats_itself():
    one, two = run(), run()
    assert max(row["validation_balanced_accuracy"] for row in one.history) == 1
    assert one.history == two.history
    assert all(torch.equal(one.weights[k], two.weights[k]) for k in one.weights)


def test_a_loss_that_is_not_finite_stops_training():
    volumes = cubes()[0]
    volumes[3, 0, 0, 0] = np.nan
    with pytest.raises(UserError, match="not finite"):
        run(volumes=volumes)
