import numpy as np
import torch

from adrepro.models.deep.architectures import conv4_fc3
from adrepro.models.deep.autoencoder import Autoencoder
from adrepro.models.deep.dataset import PatchDataset
from adrepro.models.deep.objectives import Classify, Reconstruct, predict
from small_trainings import CPU, HALVES, cubes


def test_class_weights_make_both_classes_count_alike():
    logits, target = torch.tensor([[[1.0, -1]], [[1.0, -1]], [[1.0, -1]]]), torch.tensor([0, 0, 1])
    plain = torch.nn.functional.cross_entropy(logits[:, 0], target, torch.tensor([0.75, 1.5]))
    torch.testing.assert_close(Classify(torch.tensor([0.75, 1.5])).losses(logits, logits, target), plain[None])


def test_predictions_do_not_depend_on_the_batch_and_losses_are_per_network():
    volumes, target = cubes(6)
    data = PatchDataset(volumes, range(6), target, HALVES, as_channels=True)
    network = conv4_fc3((12,) * 3, 0.5, 2)
    logits = predict(network, data, 4, CPU)
    assert logits.shape == (6, 2, 2) and not network.training
    torch.testing.assert_close(logits, predict(network, data, 6, CPU))
    metrics = Classify().validate(network, data, 4, CPU)
    each = [torch.nn.functional.cross_entropy(logits[:, i], torch.as_tensor(target)).item() for i in (0, 1)]
    np.testing.assert_allclose(metrics["loss"], each, rtol=1e-5)
    assert metrics["balanced_accuracy"].shape == (2,)


def test_reconstruction_is_the_mean_squared_error_over_all_samples():
    volumes, target = cubes(5)
    data = PatchDataset(volumes, range(5), target, HALVES[:1])
    network = Autoencoder(conv4_fc3((12,) * 3, 0.0)[0]).train(False)
    x, _ = data.batch(range(5), CPU.device)
    with torch.no_grad():
        expected = (network(x) - x).square().mean().item()
    assert np.isclose(Reconstruct().validate(network, data, 2, CPU)["loss"][0], expected, rtol=1e-5)
