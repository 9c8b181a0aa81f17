import pytest
import torch

from adrepro.models.deep.architectures import conv4_fc3, conv5_fc3
from adrepro.models.deep.autoencoder import Autoencoder


@pytest.mark.parametrize(("network", "size"), [(conv5_fc3, (42, 52, 45)), (conv4_fc3, (50, 50, 50))])
def test_an_autoencoder_gives_back_the_size_of_its_input(network, size):
    twin = Autoencoder(network(size, 0.0)[0])
    x = torch.rand(2, 1, *size)
    assert twin(x).shape == x.shape
    convolutions = [m for m in twin.modules() if isinstance(m, torch.nn.Conv3d | torch.nn.ConvTranspose3d)]
    widths = [(m.in_channels, m.out_channels) for m in convolutions]
    assert widths[len(widths) // 2 :] == [(b, a) for a, b in reversed(widths[: len(widths) // 2])]
