"""In which precision torch trains, and on which of several GPUs."""

import fcntl
import os
import tempfile
import time
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from pathlib import Path
from typing import IO

import torch
from torch import nn

from adrepro.core.errors import UserError
from adrepro.core.torch_device import pick_device

PRECISIONS = {"float32": torch.float32, "bfloat16": torch.bfloat16, "float16": torch.float16}
# On CPUs, oneDNN's gradient of 3 x 3 x 3 filters in bfloat16 reads memory that nobody wrote where the first axis of a
# map has 2 voxels (torch 2.13; tests/unit/test_arithmetic.py). Maps that small get float32.
SMALLEST_MAP = 3
HELD: list[IO] = []  # locks of this process, held until it ends


@dataclass(frozen=True)
class Arithmetic:
    """A device, the precision of the products on it, and how volumes lie in memory."""

    device: torch.device
    dtype: torch.dtype = torch.float32

    def autocast(self) -> AbstractContextManager:
        return nullcontext() if self.dtype == torch.float32 else torch.autocast(self.device.type, self.dtype)

    def laid_out(self, x: torch.Tensor) -> torch.Tensor:
        """`x` with its channels last, as convolutions in mixed precision want it."""
        return x.to(memory_format=torch.channels_last_3d) if x.ndim == 5 else x

    def place(self, network: nn.Module) -> None:
        """Move a network to the device, its 3D filters laid out alike."""
        network.to(self.device)
        for weights in network.parameters():
            weights.data = self.laid_out(weights.data)

    @property
    def place_name(self) -> str:
        """What computes, in words: the model of a GPU, or `cpu`."""
        return torch.cuda.get_device_name(self.device) if self.device.type == "cuda" else "cpu"

    def __str__(self) -> str:
        return f"{self.device.type} in {str(self.dtype).removeprefix('torch.')}"


def training_device(wanted: str) -> torch.device:
    """The device that `wanted` says (see `pick_device`); of several GPUs one that no other job holds.

    A scheduler shows each job the GPU that it gave to it. Without one, jobs of this machine share them out by locks,
    and wait for one.
    """
    device = pick_device(wanted)
    count = torch.cuda.device_count() if device.type == "cuda" else 0
    return torch.device("cuda", free_gpu(count)) if count > 1 else device


def free_gpu(count: int, folder: Path | None = None) -> int:
    """The number, below `count`, of a GPU that no other job of this user holds; held until the process ends."""
    folder = folder or Path(tempfile.gettempdir())
    while True:
        for number in range(count):
            lock = open(folder / f"adrepro-{os.getuid()}-gpu-{number}.lock", "a")  # noqa: SIM115 (held to the end)
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                lock.close()
                continue
            HELD.append(lock)
            return number
        time.sleep(1)


def smallest_map(network: nn.Module, shape: tuple[int, ...]) -> int:
    """The shortest axis of what any convolution of a network is given, for an input of `shape` (channels first)."""
    sizes: list[int] = []
    hooks = [
        module.register_forward_pre_hook(lambda _, x: sizes.append(min(x[0].shape[2:])))
        for module in network.modules()
        if isinstance(module, nn.Conv2d | nn.Conv3d) and max(module.kernel_size) > 1
    ]
    mode = network.training
    network.train(False)
    with torch.no_grad():
        network(torch.zeros(1, *shape))
    network.train(mode)
    for hook in hooks:
        hook.remove()
    return min(sizes, default=SMALLEST_MAP)


def pick_arithmetic(device: torch.device, wanted: str, network: nn.Module, shape: tuple[int, ...]) -> Arithmetic:
    """The precision `wanted` for training a network on a device.

    `auto` is bfloat16 where the hardware has it, else float16 on a GPU and float32 on a CPU.

    Raises
    ------
    UserError
        If the device cannot do in this precision what the network asks for.
    """
    if device.type == "cuda":
        native = torch.cuda.get_device_capability(device) >= (8, 0)
        return Arithmetic(device, PRECISIONS.get(wanted, torch.bfloat16 if native else torch.float16))
    if wanted == "float16":
        raise UserError("precision: float16 trains on a GPU only; use auto, bfloat16 or float32")
    if wanted == "float32" or (wanted == "auto" and not _has_bfloat16()):
        return Arithmetic(device)
    if smallest_map(network, shape) >= SMALLEST_MAP:
        return Arithmetic(device, torch.bfloat16)
    if wanted == "bfloat16":
        raise UserError(
            f"precision: bfloat16 has wrong gradients on a CPU where maps are below {SMALLEST_MAP} voxels, as in this "
            "network at this resolution; use auto or float32"
        )
    return Arithmetic(device)


def _has_bfloat16() -> bool:
    return torch.backends.mkldnn.is_available() and torch.ops.mkldnn._is_mkldnn_bf16_supported()
