import pytest
import torch

from adrepro.core.errors import UserError
from adrepro.core.torch_device import select_device


@pytest.mark.parametrize(("wanted", "available", "device"), [("auto", True, "cuda"), ("auto", False, "cpu")])
def test_auto_takes_a_gpu_if_there_is_one(monkeypatch, wanted, available, device):
    monkeypatch.setattr(torch.cuda, "is_available", lambda: available)
    assert select_device(wanted).type == device


def test_the_cpu_is_taken_where_it_is_asked_for(monkeypatch):
    monkeypatch.setattr(torch.cuda, "is_available", lambda: True)
    assert select_device("cpu").type == "cpu" and select_device("cuda").type == "cuda"


def test_a_gpu_that_is_asked_for_and_missing_is_an_error(monkeypatch):
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    with pytest.raises(UserError, match="needs a visible GPU, and there is none; use device: auto or cpu"):
        select_device("cuda")
