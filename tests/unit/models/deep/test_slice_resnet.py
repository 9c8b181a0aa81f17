import hashlib
import socket

import pytest
import torch

from adrepro.core.errors import UserError
from adrepro.imaging.grids import study_grid
from adrepro.models.deep import slice_resnet
from adrepro.models.deep.input_regions import boxes_of
from adrepro.models.deep.slice_resnet import SliceNet


@pytest.fixture(scope="module")
def imagenet(tmp_path_factory):
    """A file of the shape of torchvision's, with random weights."""
    torch.manual_seed(0)
    path = tmp_path_factory.mktemp("weights") / "resnet18.pth"
    torch.save(SliceNet(64, 0.0, None).resnet.state_dict(), path)
    return path


def test_slices_are_the_papers():
    boxes = boxes_of("cnn_slice", study_grid(1))
    assert len(boxes) == 129 and boxes[0][0] == slice(20, 21) and boxes[-1][0] == slice(148, 149)
    assert len(boxes_of("cnn_slice", study_grid(4), 2)) == 16


def test_the_network_is_resnet_18_with_one_layer_more():
    network = SliceNet(64, 0.8, None)
    # torchvision counts 11,689,512 parameters in its ResNet-18.
    assert sum(p.numel() for p in network.resnet.parameters()) == 11_689_512
    assert sum(p.numel() for p in network.head.parameters()) == 2002
    assert network(torch.rand(3, 1, 1, 52, 45)).shape == (3, 1, 2)
    assert all(p.requires_grad for p in network.parameters())


def test_imagenets_weights_are_frozen_but_for_the_last_stage_and_the_head(imagenet):
    network = SliceNet(64, 0.8, imagenet).train()
    before = {name: value.clone() for name, value in network.state_dict().items()}
    learnt = {name for name, p in network.named_parameters() if p.requires_grad}
    assert learnt == {n for n, _ in network.named_parameters() if n.startswith(("resnet.layer4", "resnet.fc", "head"))}
    optimiser = torch.optim.SGD([p for p in network.parameters() if p.requires_grad], lr=0.1)
    network(torch.rand(4, 1, 1, 52, 45)).square().sum().backward()
    optimiser.step()
    after = network.state_dict()
    changed = {name for name in after if not torch.equal(after[name], before[name])}
    assert changed and all(name.startswith(("resnet.layer4", "resnet.fc", "head")) for name in changed)


def test_a_file_that_is_not_resnet_18_is_refused(tmp_path):
    path = tmp_path / "w.pth"
    torch.save({"conv1.weight": torch.zeros(3)}, path)
    with pytest.raises(UserError, match="not the weights of torchvision's ResNet-18"):
        SliceNet(64, 0.0, path)


def test_a_download_is_checked_and_told_when_there_is_none(tmp_path, monkeypatch, imagenet):
    out = tmp_path / "out.pth"
    monkeypatch.setattr(slice_resnet, "IMAGENET", (tmp_path / "nowhere.pth").as_uri())
    with pytest.raises(UserError, match="no download .* weights: FILE.pth, .* weights: random"):
        slice_resnet.slices(out)
    monkeypatch.setattr(slice_resnet, "IMAGENET", imagenet.as_uri())
    with pytest.raises(UserError, match="damaged"):
        slice_resnet.slices(out)
    assert not out.exists()
    monkeypatch.setattr(slice_resnet, "CHECKSUM", hashlib.sha256(imagenet.read_bytes()).hexdigest()[:8])
    slice_resnet.slices(out)
    assert out.read_bytes() == imagenet.read_bytes()


def test_a_server_that_falls_silent_is_given_up(tmp_path, monkeypatch):
    monkeypatch.setattr(slice_resnet, "SILENCE", 0.2)
    with socket.create_server(("127.0.0.1", 0)) as server:  # takes the call and never answers
        monkeypatch.setattr(slice_resnet, "IMAGENET", f"http://127.0.0.1:{server.getsockname()[1]}/x.pth")
        with pytest.raises(UserError, match="no download .*timed out"):
            slice_resnet.slices(tmp_path / "out.pth")
    assert not list(tmp_path.iterdir())
