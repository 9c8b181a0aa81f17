import sys
from types import ModuleType

import pytest

from adrepro.core.errors import UserError
from adrepro.models.deep.tensorboard import tensorboard_writer


def test_a_missing_tensorboard_is_an_error_with_a_remedy(tmp_path, monkeypatch):
    assert tensorboard_writer(tmp_path, False) is None
    monkeypatch.setitem(sys.modules, "torch.utils.tensorboard", None)
    with pytest.raises(UserError, match="install it with"):
        tensorboard_writer(tmp_path, True)


def test_losses_are_written_by_network_and_epoch(tmp_path, monkeypatch):
    written = []

    class SummaryWriter:
        def __init__(self, folder):
            written.append(folder)

        def add_scalar(self, name, value, epoch):
            written.append((name, value, epoch))

        def flush(self):
            written.append("flush")

    module = ModuleType("torch.utils.tensorboard")
    module.SummaryWriter = SummaryWriter
    monkeypatch.setitem(sys.modules, "torch.utils.tensorboard", module)
    tensorboard_writer(tmp_path, True)({"epoch": 3, "network": 1, "training_loss": 0.5})
    assert written == [str(tmp_path), ("training_loss/network-1", 0.5, 3), "flush"]
