"""Attribution maps of input regions: Grad-CAM and occlusion (MONAI), integrated gradients (captum)."""

import math
from collections.abc import Callable

import torch
from torch import nn

SMALLEST_MAP = 3  # voxels along the shortest axis of the feature map that Grad-CAM uses
POSITIVE = 1  # logit of the positive class


class SingleLogits(nn.Module):
    """Wrapper with logits of shape (B, 2), as MONAI and captum need them, in evaluation mode.

    In-place ReLUs are turned off, since the attribution methods read the inputs of layers.

    Parameters
    ----------
    network : Module
        From (B, 1, *size) to logits (B, 1, 2).
    """

    def __init__(self, network: nn.Module) -> None:
        super().__init__()
        self.network = network
        for module in network.modules():
            if isinstance(module, nn.ReLU):
                module.inplace = False
        self.train(False)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """Return logits (B, 2) of input regions (B, 1, *size).

        Parameters
        ----------
        x : Tensor, shape (B, 1, *size)

        Returns
        -------
        Tensor, shape (B, 2)
        """
        return self.network(x)[:, 0]


def target_layer(network: nn.Module, size: tuple[int, ...]) -> str | None:
    """Return the name of the convolution that Grad-CAM uses.

    Parameters
    ----------
    network : Module
        From (B, 1, *size) to logits.
    size : tuple of int
        Voxels of an input region.

    Returns
    -------
    str or None
        The last convolution whose output has at least `SMALLEST_MAP` voxels along each axis, if there is one.
    """
    found: list[str] = []

    def record(name: str) -> Callable[[nn.Module, tuple[torch.Tensor, ...], torch.Tensor], None]:
        def hook(_: nn.Module, __: tuple[torch.Tensor, ...], out: torch.Tensor) -> None:
            if min(out.shape[2:]) >= SMALLEST_MAP:
                found.append(name)

        return hook

    layers = [(name, m) for name, m in network.named_modules() if isinstance(m, nn.Conv2d | nn.Conv3d)]
    hooks = [module.register_forward_hook(record(name)) for name, module in layers]
    with torch.no_grad():
        network(torch.zeros(1, 1, *size, device=next(network.parameters()).device))
    for hook in hooks:
        hook.remove()
    return found[-1] if found else None


def grad_cam(network: nn.Module, x: torch.Tensor) -> torch.Tensor:
    """Return Grad-CAM maps of the positive class.

    Parameters
    ----------
    network : Module
        From (B, 1, *size) to logits (B, 2).
    x : Tensor, shape (B, 1, *size)
        Scaled input regions.

    Returns
    -------
    Tensor, shape (B, 1, *size)
        Not negative; NaN for a network without a suitable convolution.

    References
    ----------
    Selvaraju et al. 2017
    """
    from monai.visualize import GradCAM

    layer = target_layer(network, tuple(x.shape[2:]))
    if layer is None:  # a transformer, or feature maps that are too small
        return torch.full_like(x, math.nan)
    flat = [axis for axis, size in enumerate(x.shape[2:]) if size == 1]  # slices are two-dimensional
    size = [n for axis, n in enumerate(x.shape[2:]) if axis not in flat]
    cam = GradCAM(network, layer, upsampler=lambda _: lambda maps: maps, postprocessing=lambda maps: maps)
    maps = cam(x, class_idx=POSITIVE)
    mode = "bilinear" if len(size) == 2 else "trilinear"
    return nn.functional.interpolate(maps, size, mode=mode, align_corners=False).reshape(x.shape).detach()


def integrated_gradients(network: nn.Module, x: torch.Tensor, steps: int) -> torch.Tensor:
    """Return integrated gradients of the log-odds of the positive class, with a baseline of zeros.

    Parameters
    ----------
    network : Module
        From (B, 1, *size) to logits (B, 2).
    x : Tensor, shape (B, 1, *size)
        Scaled input regions.
    steps : int
        Steps of the numerical integration.

    Returns
    -------
    Tensor, shape (B, 1, *size)
        Positive where a voxel increases the log-odds.

    References
    ----------
    Sundararajan et al. 2017
    """
    from captum.attr import IntegratedGradients

    def log_odds(regions: torch.Tensor) -> torch.Tensor:
        logits = network(regions)
        return logits[:, POSITIVE] - logits[:, 1 - POSITIVE]

    found = IntegratedGradients(log_odds).attribute(x, n_steps=steps, internal_batch_size=max(len(x), 8))
    return found.detach().to(x.dtype)


def occlusion(network: nn.Module, x: torch.Tensor, window: int, overlap: float = 0.25) -> torch.Tensor:
    """Return occlusion sensitivity: the decrease of the probability of the positive class under an occluded cube.

    Occluded voxels are set to the mean of the input region.

    Parameters
    ----------
    network : Module
        From (B, 1, *size) to logits (B, 2).
    x : Tensor, shape (B, 1, *size)
        Scaled input regions.
    window : int
        Edge of the cube in voxels.
    overlap : float, optional
        Overlap of neighboring cubes, as a fraction of their edge.

    Returns
    -------
    Tensor, shape (B, 1, *size)
        Positive where occlusion decreases the probability.

    References
    ----------
    Zeiler and Fergus 2014
    """
    from monai.visualize import OcclusionSensitivity

    size = [min(window, n) for n in x.shape[2:]]
    occlude = OcclusionSensitivity(
        network, size, n_batch=4, verbose=False, mode="mean_img", overlap=overlap, activate=True
    )
    found = []
    with torch.no_grad():
        for one in x.split(1):
            before = torch.softmax(network(one), 1)[0, POSITIVE]
            occluded = occlude(one)[0][:, POSITIVE : POSITIVE + 1]
            found.append(before - occluded.reshape(one.shape))
    return torch.cat(found).as_subclass(torch.Tensor).detach()
