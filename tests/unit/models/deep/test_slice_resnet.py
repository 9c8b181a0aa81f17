import pytest
import torch

from adrepro.core.errors import UserError
from adrepro.models.deep.slice_resnet import SliceNet


@pytest.fixture(scope="module")
def imagenet(tmp_path_factory):
    """A weights file as that of torchvision, with random weights."""
    torch.manual_seed(0)
    path = tmp_path_factory.mktemp("weights") / "resnet18.pth"
    torch.save(SliceNet(64, 0.0, None).resnet.state_dict(), path)
    return path


def test_the_network_is_resnet_18_with_an_additional_layer():
    network = SliceNet(64, 0.8, None)
    # torchvision counts 11,689,512 parameters in its ResNet-18.
    assert sum(p.numel() for p in network.resnet.parameters()) == 11_689_512
    assert sum(p.numel() for p in network.head.parameters()) == 2002
    assert network(torch.rand(3, 1, 1, 52, 45)).shape == (3, 1, 2)
    assert all(p.requires_grad for p in network.parameters())


def test_imagenet_weights_are_frozen_except_the_last_stage_and_the_head(imagenet):
    network = SliceNet(64, 0.8, imagenet).train()
    before = {name: value.clone() for name, value in network.state_dict().items()}
    learned = {name for name, p in network.named_parameters() if p.requires_grad}
    assert learned == {n for n, _ in network.named_parameters() if n.startswith(("resnet.layer4", "resnet.fc", "head"))}
    optimizer = torch.optim.SGD([p for p in network.parameters() if p.requires_grad], lr=0.1)
    network(torch.rand(4, 1, 1, 52, 45)).square().sum().backward()
    optimizer.step()
    after = network.state_dict()
    changed = {name for name in after if not torch.equal(after[name], before[name])}
    assert changed and all(name.startswith(("resnet.layer4", "resnet.fc", "head")) for name in changed)


def test_a_file_that_is_not_resnet_18_is_refused(tmp_path):
    path = tmp_path / "w.pth"
    torch.save({"conv1.weight": torch.zeros(3)}, path)
    with pytest.raises(UserError, match="not the weights of torchvision's ResNet-18"):
        SliceNet(64, 0.0, path)
