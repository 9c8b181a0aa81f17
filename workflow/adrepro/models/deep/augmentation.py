"""Random augmentation of training images (MONAI), reproducible by step."""

from collections.abc import Callable

import torch

from adrepro.config.settings.deep import Augmentation

STRIDE = 7919  # between the seeds of consecutive steps


def augmentation(settings: Augmentation | None, seed: int) -> Callable[[torch.Tensor, int], torch.Tensor] | None:
    """Return a function that augments a batch, or None without augmentation.

    Input regions of one image (its channels) are transformed alike.

    Parameters
    ----------
    settings : Augmentation or None
        Probabilities and ranges of the transforms; a value that is missing or 0 leaves its transform out.
    seed : int
        Seed of the training.

    Returns
    -------
    callable or None
        Function of a batch (B, C, X, Y, Z), voxels from 0 to 1, and of the number of the step. The same seed and step
        give the same changes, so that a resumed training repeats them.
    """
    if not settings:
        return None
    from monai import transforms
    from monai.data import set_track_meta

    set_track_meta(False)
    turn, zoom = settings.rotate_degrees or 0, settings.zoom or 0
    each: list[transforms.RandomizableTransform] = []
    if settings.flip:
        each.append(transforms.RandFlip(settings.flip, spatial_axis=0))
    if turn or zoom:
        radians = [turn * torch.pi / 180] * 3
        each.append(transforms.RandAffine(1.0, radians, scale_range=[zoom] * 3, padding_mode="border"))
    if settings.noise:
        each.append(transforms.RandGaussianNoise(1.0, std=settings.noise))
    if settings.gamma:
        each.append(transforms.RandAdjustContrast(1.0, (1 - settings.gamma, 1 + settings.gamma)))
    transform = transforms.Compose(each)

    def augment(x: torch.Tensor, number: int) -> torch.Tensor:
        transform.set_random_state(seed=(seed + number * STRIDE) % 2**32)
        return torch.stack([transform(one) for one in x])

    return augment
