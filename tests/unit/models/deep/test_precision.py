import subprocess
import sys

import pytest
import torch
from torch import nn

from adrepro.core.errors import UserError
from adrepro.models.deep import precision
from adrepro.models.deep.architectures import conv4_fc3, conv5_fc3

CPU = torch.device("cpu")
needs_bfloat16 = pytest.mark.skipif(not precision._has_bfloat16(), reason="this processor has no bfloat16")


def test_the_smallest_map_is_found():
    assert precision.smallest_map(conv5_fc3((42, 52, 45), 0.5), (1, 42, 52, 45)) == 3
    assert precision.smallest_map(conv4_fc3((12,) * 3, 0), (1, 12, 12, 12)) == 2


@needs_bfloat16
def test_small_maps_get_float32_on_a_cpu():
    large, small = conv5_fc3((42, 52, 45), 0.5), conv4_fc3((12,) * 3, 0)
    select = precision.select_precision
    assert select(CPU, "auto", large, (1, 42, 52, 45)).dtype == torch.bfloat16
    assert select(CPU, "auto", small, (1, 12, 12, 12)).dtype == torch.float32
    assert select(CPU, "float32", large, (1, 42, 52, 45)).dtype == torch.float32
    with pytest.raises(UserError, match="wrong gradients"):
        select(CPU, "bfloat16", small, (1, 12, 12, 12))


def test_float16_is_refused_on_a_cpu():
    with pytest.raises(UserError, match="GPU only"):
        precision.select_precision(CPU, "float16", nn.Identity(), (1, 4, 4, 4))


@needs_bfloat16
@pytest.mark.parametrize("size", [3, 4, 6, 11])
def test_bfloat16_gradients_are_right_from_the_smallest_map_on(size):
    torch.manual_seed(0)
    convolution, x = nn.Conv3d(16, 32, 3, padding=1), torch.randn(4, 16, size, size, size)
    found = []
    for enabled in (False, True):
        convolution.zero_grad()
        with torch.autocast("cpu", torch.bfloat16, enabled=enabled):
            out = convolution(x)
        out.float().square().mean().backward()
        found.append(convolution.weight.grad.clone())
    assert (found[1] - found[0]).abs().max() < 0.03 * found[0].abs().max()


def test_jobs_share_gpus(tmp_path):
    words = "import sys; from pathlib import Path; from adrepro.models.deep.precision import free_gpu; "
    words += "print(free_gpu(2, Path(sys.argv[1])), flush=True); sys.stdin.read()"
    jobs = [
        subprocess.Popen(
            [sys.executable, "-c", words, tmp_path], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        for _ in range(2)
    ]
    assert sorted(job.stdout.readline() for job in jobs) == ["0\n", "1\n"]
    for job in jobs:
        job.communicate()
    assert precision.free_gpu(2, tmp_path) == 0


def test_the_device_of_a_training_on_a_cpu():
    assert precision.training_device("cpu") == CPU
    policy = precision.ComputePolicy(CPU, torch.bfloat16)
    assert policy.device_name == "cpu" and str(policy) == "cpu in bfloat16"


def test_networks_and_volumes_are_in_channels_last_format():
    network, policy = conv4_fc3((12,) * 3, 0), precision.ComputePolicy(CPU)
    before = {name: value.clone() for name, value in network.state_dict().items()}
    policy.place(network)
    assert all(torch.equal(value, before[name]) for name, value in network.state_dict().items())
    formats = [p.is_contiguous(memory_format=torch.channels_last_3d) for p in network.parameters() if p.ndim == 5]
    assert formats and all(formats) and policy.to_channels_last(torch.zeros(2, 3)).shape == (2, 3)
