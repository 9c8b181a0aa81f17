"""Random changes of training images by MONAI, other ones in every step and the same ones in every run."""

from collections.abc import Callable

import torch


def augmentation(settings: dict | None, seed: int) -> Callable[[torch.Tensor, int], torch.Tensor] | None:
    """A function of a batch (B, C, X, Y, Z) and a step number; None where nothing is to change.

    `settings` holds `flip` (probability of mirroring left and right), `rotate_degrees`, `zoom` (a share), `noise`
    (standard deviation; voxels are 0 to 1) and `gamma` (a share); a value that is missing or 0 changes nothing. Parts
    of one image are turned alike.
    """
    if not settings:
        return None
    from monai import transforms
    from monai.data import set_track_meta

    set_track_meta(False)
    turn, zoom = settings.get("rotate_degrees", 0), settings.get("zoom", 0)
    each: list[transforms.RandomizableTransform] = []
    if settings.get("flip"):
        each.append(transforms.RandFlip(settings["flip"], spatial_axis=0))
    if turn or zoom:
        radians = [turn * torch.pi / 180] * 3
        each.append(transforms.RandAffine(1.0, radians, scale_range=[zoom] * 3, padding_mode="border"))
    if settings.get("noise"):
        each.append(transforms.RandGaussianNoise(1.0, std=settings["noise"]))
    if settings.get("gamma"):
        each.append(transforms.RandAdjustContrast(1.0, (1 - settings["gamma"], 1 + settings["gamma"])))
    change = transforms.Compose(each)

    def augmented(x: torch.Tensor, number: int) -> torch.Tensor:
        change.set_random_state(seed=(seed + number * 7919) % 2**32)
        return torch.stack([change(one) for one in x])

    return augmented
