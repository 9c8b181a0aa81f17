"""Precision (autocast) and GPU selection."""

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
from adrepro.core.torch_device import select_device

PRECISIONS = {"float32": torch.float32, "bfloat16": torch.bfloat16, "float16": torch.float16}
# On CPUs, oneDNN's bfloat16 gradient of 3 x 3 x 3 filters reads uninitialized memory where the first axis of a feature
# map has 2 voxels (torch 2.13; tests/unit/models/deep/test_precision.py). Networks with such maps use float32.
SMALLEST_MAP = 3
GPU_LOCKS: list[IO] = []  # locks of this process, held until it ends


@dataclass(frozen=True)
class ComputePolicy:
    """Device, autocast precision and memory format of a computation.

    Attributes
    ----------
    device : torch.device
        Device of networks and batches.
    dtype : torch.dtype
        Precision of autocast; float32 for none.
    """

    device: torch.device
    dtype: torch.dtype = torch.float32

    def autocast(self) -> AbstractContextManager:
        """Return the context of a forward pass: autocast, or nothing for float32."""
        return nullcontext() if self.dtype == torch.float32 else torch.autocast(self.device.type, self.dtype)

    def to_channels_last(self, x: torch.Tensor) -> torch.Tensor:
        """Return `x` in channels-last format if it has 5 axes; mixed-precision convolutions are fastest with it.

        Parameters
        ----------
        x : Tensor

        Returns
        -------
        Tensor
        """
        return x.to(memory_format=torch.channels_last_3d) if x.ndim == 5 else x

    def place(self, network: nn.Module) -> None:
        """Move a network to the device in place, with its 3D filters in channels-last format.

        Parameters
        ----------
        network : Module
            Network that is changed.
        """
        network.to(self.device)
        for weights in network.parameters():
            weights.data = self.to_channels_last(weights.data)

    @property
    def device_name(self) -> str:
        """Model of the GPU, or `cpu`."""
        return torch.cuda.get_device_name(self.device) if self.device.type == "cuda" else "cpu"

    def __str__(self) -> str:
        return f"{self.device.type} in {str(self.dtype).removeprefix('torch.')}"


def training_device(wanted: str) -> torch.device:
    """Return the device of a training; of several GPUs one that no other job of this user holds.

    A scheduler makes only its own GPU visible to each job. Without a scheduler, jobs on one computer share its GPUs by
    locks, and wait until one is free.

    Parameters
    ----------
    wanted : {"auto", "cpu", "cuda"}
        Device as the configuration has it, see `torch_device.select_device`.

    Returns
    -------
    torch.device
        CPU, or a GPU that this process holds until it ends.

    Raises
    ------
    UserError
        If a GPU is wanted and none is visible.
    """
    device = select_device(wanted)
    count = torch.cuda.device_count() if device.type == "cuda" else 0
    return torch.device("cuda", free_gpu(count)) if count > 1 else device


def free_gpu(count: int, folder: Path | None = None) -> int:
    """Wait for a GPU that no other job of this user holds, lock it until the process ends, and return its number.

    Parameters
    ----------
    count : int
        Number of visible GPUs.
    folder : Path, optional
        Folder of the lock files; that of temporary files by default.

    Returns
    -------
    int
        From 0 to `count - 1`.
    """
    folder = folder or Path(tempfile.gettempdir())
    while True:
        for number in range(count):
            lock = open(folder / f"adrepro-{os.getuid()}-gpu-{number}.lock", "a")  # noqa: SIM115 (held to the end)
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                lock.close()
                continue
            GPU_LOCKS.append(lock)
            return number
        time.sleep(1)


def smallest_map(network: nn.Module, shape: tuple[int, ...]) -> int:
    """Return the shortest axis, in voxels, of the inputs of all convolutions of a network.

    Parameters
    ----------
    network : Module
        Network on the CPU.
    shape : tuple of int
        Channels and voxels of its input.

    Returns
    -------
    int
        Voxels; convolutions of size 1 do not count.
    """
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


def select_precision(device: torch.device, wanted: str, network: nn.Module, shape: tuple[int, ...]) -> ComputePolicy:
    """Return device and precision for the training of a network.

    Parameters
    ----------
    device : torch.device
        Device of the training.
    wanted : {"auto", "float32", "bfloat16", "float16"}
        Precision. `auto` is bfloat16 where the hardware supports it, else float16 on a GPU and float32 on a CPU.
    network : Module
        Network on the CPU.
    shape : tuple of int
        Channels and voxels of its input.

    Returns
    -------
    ComputePolicy
        Device and precision.

    Raises
    ------
    UserError
        If the device does not support the precision for this network.
    """
    if device.type == "cuda":
        native = torch.cuda.get_device_capability(device) >= (8, 0)
        return ComputePolicy(device, PRECISIONS.get(wanted, torch.bfloat16 if native else torch.float16))
    if wanted == "float16":
        raise UserError("precision: float16 is available on a GPU only; use auto, bfloat16 or float32")
    if wanted == "float32" or (wanted == "auto" and not _has_bfloat16()):
        return ComputePolicy(device)
    if smallest_map(network, shape) >= SMALLEST_MAP:
        return ComputePolicy(device, torch.bfloat16)
    if wanted == "bfloat16":
        raise UserError(
            f"precision: bfloat16 has wrong gradients on a CPU for feature maps below {SMALLEST_MAP} voxels, which "
            "this network has at this resolution; use auto or float32"
        )
    return ComputePolicy(device)


def _has_bfloat16() -> bool:
    """Return whether the CPU supports bfloat16."""
    return torch.backends.mkldnn.is_available() and torch.ops.mkldnn._is_mkldnn_bf16_supported()
