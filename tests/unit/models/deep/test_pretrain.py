import pytest
import torch

from adrepro.core.errors import UserError
from adrepro.models.deep.architectures import conv4_fc3, conv5_fc3, split_copies
from adrepro.models.deep.dataset import Samples
from adrepro.models.deep.objectives import Reconstruct
from adrepro.models.deep.precision import Arithmetic
from adrepro.models.deep.pretrain import Autoencoder
from adrepro.models.deep.trainer import train
from adrepro.models.deep.weights import load_weights, save_weights, start

SETTINGS = {
    "epochs": 30, "batch_size": 4, "accumulate": 1, "learning_rate": 1e-3, "schedule": "constant", "weight_decay": 0,
    "patience": 30, "clip_norm": 5, "stop_by": "loss", "choose_by": "loss",
}  # fmt: skip


@pytest.mark.parametrize(("network", "size"), [(conv5_fc3, (42, 52, 45)), (conv4_fc3, (50, 50, 50))])
def test_an_autoencoder_gives_back_the_size_of_its_input(network, size):
    twin = Autoencoder(network(size, 0.0)[0])
    x = torch.rand(2, 1, *size)
    assert twin(x).shape == x.shape
    convolutions = [m for m in twin.modules() if isinstance(m, torch.nn.Conv3d | torch.nn.ConvTranspose3d)]
    widths = [(m.in_channels, m.out_channels) for m in convolutions]
    assert widths[len(widths) // 2 :] == [(b, a) for a, b in reversed(widths[: len(widths) // 2])]


def test_it_learns_and_its_encoder_starts_a_network(tmp_path):
    torch.manual_seed(0)
    network = conv4_fc3((6,) * 3, 0.0)
    whole = [(slice(None),) * 3]
    data = Samples(torch.rand(4, 6, 6, 6).numpy(), range(4), [0] * 4, whole)
    twin = Autoencoder(network[0])
    progress = train(twin, data, data, Reconstruct(), SETTINGS, Arithmetic(torch.device("cpu")), 0)
    losses = [row["validation_loss"] for row in progress.history]
    assert min(losses) < 0.8 * losses[0]
    learnt = {"0." + k.removeprefix("encoder."): v for k, v in progress.weights.items() if k.startswith("encoder.")}
    save_weights(tmp_path / "w.safetensors", [learnt])
    given = load_weights(tmp_path / "w.safetensors")
    for copies in (1, 3):
        fresh = conv4_fc3((6,) * 3, 0.0, copies)
        head = fresh[1][2].weight.clone()
        start(fresh, copies, given, tmp_path)
        for own in split_copies(fresh.state_dict(), copies):
            assert all(torch.equal(own[name], learnt[name]) for name in learnt)
        assert torch.equal(fresh[1][2].weight, head)


def test_weights_that_do_not_fit_are_refused(tmp_path):
    other = conv5_fc3((12,) * 3, 0.0).state_dict()
    with pytest.raises(UserError, match="its layers do not fit .* name one alike"):
        start(conv4_fc3((12,) * 3, 0.0), 1, [other], tmp_path)
    with pytest.raises(UserError, match="holds 2 networks, 3 were"):
        start(conv4_fc3((12,) * 3, 0.0, 3), 3, [other, other], tmp_path)


def test_a_damaged_file_of_weights_is_told(tmp_path):
    path = tmp_path / "w.safetensors"
    path.write_bytes(b"nonsense")
    with pytest.raises(UserError, match="cannot be read .* delete it and run again"):
        load_weights(path)
