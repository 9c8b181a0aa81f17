"""Where a network looks: Grad-CAM and occlusion (MONAI) and integrated gradients (captum), for parts of images."""

import math
from collections.abc import Callable

import torch
from torch import nn

SMALLEST_MAP = 3  # voxels along the shortest axis of the map that Grad-CAM is drawn from
POSITIVE = 1


class OneNetwork(nn.Module):
    """A network of this package, (B, 1, *size) to (B, 1, 2), with logits (B, 2) as MONAI and captum want them.

    ReLUs leave their input as it is, since the methods look at it too.
    """

    def __init__(self, network: nn.Module) -> None:
        super().__init__()
        self.network = network
        for module in network.modules():
            if isinstance(module, nn.ReLU):
                module.inplace = False
        self.train(False)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self.network(x)[:, 0]


def target_layer(network: nn.Module, size: tuple[int, ...]) -> str | None:
    """The last convolution whose map has at least `SMALLEST_MAP` voxels along each axis; None where there is none."""
    found: list[str] = []

    def look(name: str) -> Callable:
        def hook(_: nn.Module, __: tuple, out: torch.Tensor) -> None:
            if min(out.shape[2:]) >= SMALLEST_MAP:
                found.append(name)

        return hook

    layers = [(name, m) for name, m in network.named_modules() if isinstance(m, nn.Conv2d | nn.Conv3d)]
    hooks = [module.register_forward_hook(look(name)) for name, module in layers]
    with torch.no_grad():
        network(torch.zeros(1, 1, *size, device=next(network.parameters()).device))
    for hook in hooks:
        hook.remove()
    return found[-1] if found else None


def grad_cam(network: nn.Module, x: torch.Tensor) -> torch.Tensor:
    """Grad-CAM of the positive class (Selvaraju et al. 2017), (B, 1, *size), at least 0."""
    from monai.visualize import GradCAM

    layer = target_layer(network, tuple(x.shape[2:]))
    if layer is None:  # a transformer, or maps that are too small to show a place
        return torch.full_like(x, math.nan)
    flat = [axis for axis, size in enumerate(x.shape[2:]) if size == 1]  # the network sees slices in two dimensions
    size = [n for axis, n in enumerate(x.shape[2:]) if axis not in flat]
    cam = GradCAM(network, layer, upsampler=lambda _: lambda maps: maps, postprocessing=lambda maps: maps)
    maps = cam(x, class_idx=POSITIVE)
    mode = "bilinear" if len(size) == 2 else "trilinear"
    return nn.functional.interpolate(maps, size, mode=mode, align_corners=False).reshape(x.shape).detach()


def integrated_gradients(network: nn.Module, x: torch.Tensor, steps: int) -> torch.Tensor:
    """Integrated gradients of the log-odds from an empty image (Sundararajan et al. 2017), (B, 1, *size), signed."""
    from captum.attr import IntegratedGradients

    def log_odds(given: torch.Tensor) -> torch.Tensor:
        logits = network(given)
        return logits[:, POSITIVE] - logits[:, 1 - POSITIVE]

    found = IntegratedGradients(log_odds).attribute(x, n_steps=steps, internal_batch_size=max(len(x), 8))
    return found.detach().to(x.dtype)


def occlusion(network: nn.Module, x: torch.Tensor, window: int, overlap: float = 0.25) -> torch.Tensor:
    """By how much the probability of the positive class falls where a cube of `window` voxels is hidden, (B, 1, *size).

    What is hidden is set to the mean of the part (Zeiler and Fergus 2014); neighbouring cubes share `overlap`.
    """
    from monai.visualize import OcclusionSensitivity

    size = [min(window, n) for n in x.shape[2:]]
    hide = OcclusionSensitivity(
        network, size, n_batch=4, verbose=False, mode="mean_img", overlap=overlap, activate=True
    )
    found = []
    with torch.no_grad():
        for one in x.split(1):
            before = torch.softmax(network(one), 1)[0, POSITIVE]
            hidden = hide(one)[0][:, POSITIVE : POSITIVE + 1]
            found.append(before - hidden.reshape(one.shape))
    return torch.cat(found).as_subclass(torch.Tensor).detach()
