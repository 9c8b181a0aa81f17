"""Seeds, deterministic kernels and random state of torch."""

import torch


def make_repeatable(seed: int, threads: int, deterministic: bool = True) -> None:
    """Seed torch, and set the number of threads and deterministic kernels.

    Parameters
    ----------
    seed : int
        Seed of torch.
    threads : int
        CPU threads; the order of sums depends on their number.
    deterministic : bool
        If false, cuDNN chooses the fastest kernels.
    """
    torch.manual_seed(seed)
    torch.set_num_threads(threads)
    torch.use_deterministic_algorithms(deterministic, warn_only=True)
    torch.backends.cudnn.benchmark = not deterministic


def random_state(device: torch.device) -> list[torch.Tensor]:
    """Return the state of torch's random generators of the CPU and of `device`.

    Parameters
    ----------
    device : device
        Device of the training.

    Returns
    -------
    list of Tensor
        One state, or two with a GPU.
    """
    return [torch.get_rng_state(), *([torch.cuda.get_rng_state(device)] if device.type == "cuda" else [])]


def set_random_state(state: list[torch.Tensor], device: torch.device) -> None:
    """Set torch's random generators to a state that `random_state` returned.

    Parameters
    ----------
    state : list of Tensor
        From `random_state`.
    device : device
        Device of the training.
    """
    torch.set_rng_state(state[0])
    if device.type == "cuda" and len(state) > 1:
        torch.cuda.set_rng_state(state[1], device)
