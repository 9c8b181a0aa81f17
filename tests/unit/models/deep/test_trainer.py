import numpy as np
import pytest
import torch

from adrepro.core.errors import UserError
from adrepro.models.deep.architectures import conv4_fc3, join_copies, split_copies
from adrepro.models.deep.dataset import PatchDataset
from adrepro.models.deep.determinism import make_repeatable
from adrepro.models.deep.objectives import Classify
from adrepro.models.deep.trainer import clip_gradients, learning_rate, train
from small_trainings import CPU, HALVES, SETTINGS, cubes, equal, run


def test_training_finds_a_bright_cube_and_repeats_itself():
    one, two = run(), run()
    assert max(row["validation_balanced_accuracy"] for row in one.history) == 1
    assert equal(one, two)


def test_jointly_trained_networks_learn_what_they_learn_one_after_another():
    make_repeatable(1, 1)
    start = conv4_fc3((12,) * 3, 0.0, 2).state_dict()
    settings = SETTINGS.model_copy(update={"epochs": 3, "accumulate": 1, "clip_norm": 0.5})
    changed = {name: value.clone() for name, value in start.items()}
    data, target = cubes()

    def fitted(boxes, weights):
        parts = [
            PatchDataset(data, range(a, b), target[a:b], boxes, "patch", len(boxes) > 1) for a, b in ((0, 16), (16, 24))
        ]
        network = conv4_fc3((12,) * 3, 0.0, len(boxes))
        network.load_state_dict(weights)
        return train(network, *parts, Classify(), settings, CPU, 3, len(boxes))

    jointly = fitted(HALVES, changed)
    alone = [fitted([box], own) for box, own in zip(HALVES, split_copies(start, 2), strict=True)]
    for name, value in join_copies([one.weights for one in alone]).items():
        torch.testing.assert_close(jointly.weights[name], value, rtol=2e-3, atol=2e-4)
    losses = [row["validation_loss"] for one in alone for row in one.history]
    own = [row["validation_loss"] for network in (0, 1) for row in jointly.history if row["network"] == network]
    np.testing.assert_allclose(own, losses, rtol=1e-3)


@pytest.mark.parametrize("image", [3, 20])
def test_a_loss_that_is_not_finite_stops_training(image):
    """By a training image, and by a validation image."""
    volumes = cubes()[0]
    volumes[image, 0, 0, 0] = np.nan
    with pytest.raises(UserError, match="not finite"):
        run(volumes=volumes)


def test_clipping_is_per_network():
    weights = torch.nn.Parameter(torch.zeros(4, 3))
    weights.grad = torch.cat([torch.full((2, 3), 10.0), torch.full((2, 3), 0.1)])
    clip_gradients([weights], 2, 1.0)
    assert weights.grad[:2].norm().item() == pytest.approx(1, abs=1e-4)
    assert (weights.grad[2:] == 0.1).all()


def test_learning_rates():
    settings = SETTINGS.model_copy(update={"learning_rate": 1.0, "epochs": 10, "schedule": "cosine"})
    rates = [learning_rate(settings, epoch) for epoch in range(1, 11)]
    assert rates[0] == 1 and rates[5] == pytest.approx(0.5) and 0 < rates[9] < 0.05
    assert learning_rate(settings.model_copy(update={"schedule": "constant"}), 9) == 1


def test_the_callback_gets_the_history():
    rows = []
    data, target = cubes()
    whole = PatchDataset(data, range(8), target[:8], [HALVES[0]])
    settings = SETTINGS.model_copy(update={"epochs": 2})
    network = conv4_fc3((12,) * 3, 0.0)
    found = train(network, whole, whole, Classify(), settings, CPU, 0, on_epoch_end=rows.append)
    assert rows == found.history and len(rows) == 2
