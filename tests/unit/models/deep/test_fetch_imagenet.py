import hashlib
import socket

import pytest

from adrepro.core.errors import UserError
from adrepro.models.deep import fetch_imagenet as module
from adrepro.models.deep.fetch_imagenet import fetch_imagenet


@pytest.fixture
def weights_file(tmp_path_factory):
    """A file to download."""
    path = tmp_path_factory.mktemp("weights") / "resnet18.pth"
    path.write_bytes(bytes(range(256)) * 1000)
    return path


def test_a_download_is_verified_and_a_failed_one_is_an_error(tmp_path, monkeypatch, weights_file):
    out = tmp_path / "out.pth"
    monkeypatch.setattr(module, "IMAGENET", (tmp_path / "nowhere.pth").as_uri())
    with pytest.raises(UserError, match="download failed .* weights: FILE.pth .* weights: random"):
        fetch_imagenet(out)
    monkeypatch.setattr(module, "IMAGENET", weights_file.as_uri())
    with pytest.raises(UserError, match="damaged"):
        fetch_imagenet(out)
    assert not out.exists()
    monkeypatch.setattr(module, "CHECKSUM", hashlib.sha256(weights_file.read_bytes()).hexdigest()[:8])
    fetch_imagenet(out)
    assert out.read_bytes() == weights_file.read_bytes()


def test_a_server_that_does_not_answer_is_an_error(tmp_path, monkeypatch):
    monkeypatch.setattr(module, "TIMEOUT", 0.2)
    with socket.create_server(("127.0.0.1", 0)) as server:  # accepts connections and never answers
        monkeypatch.setattr(module, "IMAGENET", f"http://127.0.0.1:{server.getsockname()[1]}/x.pth")
        with pytest.raises(UserError, match="download failed .*timed out"):
            fetch_imagenet(tmp_path / "out.pth")
    assert not list(tmp_path.iterdir())
