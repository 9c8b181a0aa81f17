"""What a network is given: parts of packed images, scaled, in batches on the device that computes."""

from collections.abc import Sequence

import numpy as np
import torch

from adrepro.models.deep.input_regions import Box

FREE_SHARE = 0.5  # of the GPU's free memory may hold images; activations need the rest


class Samples:
    """Parts of images as training takes them, one by one or all parts of an image side by side.

    Parameters
    ----------
    volumes : ndarray, shape (scans, X, Y, Z)
        Packed images, possibly on disk.
    positions, targets : sequence of int, shape (images,)
        Which scans, and the class of each.
    boxes : list of box
        The parts of each image, all of one size.
    rescale : str
        `part` scales the voxels that enter the network to 0..1, `image` those of the whole image, `none` nothing.
    together : bool
        If true, a sample is an image with all its parts as channels, else one part: sample `i` is then part
        `i % len(boxes)` of image `i // len(boxes)`.
    only : ndarray of int, optional
        Numbers of the samples to take; all by default.
    """

    def __init__(
        self,
        volumes: np.ndarray,
        positions: Sequence[int],
        targets: Sequence[int],
        boxes: list[Box],
        rescale: str = "part",
        together: bool = False,
        only: np.ndarray | None = None,
    ) -> None:
        self.volumes, self.positions, self.boxes = volumes, np.asarray(positions), boxes
        self.targets = torch.as_tensor(np.asarray(targets, dtype=np.int64))
        self.rescale, self.together = rescale, together
        self.shape = volumes[0][boxes[0]].shape
        self.chosen = np.arange(len(self.positions) * (1 if together else len(boxes))) if only is None else only
        self.loaded: torch.Tensor | None = None  # (images, parts, X, Y, Z)
        self.ranges: dict[int, tuple[float, float]] = {}

    def __len__(self) -> int:
        return len(self.chosen)

    def sample_targets(self) -> torch.Tensor:
        """The class of every sample, shape (samples,)."""
        return (self.targets if self.together else self.targets.repeat_interleave(len(self.boxes)))[self.chosen]

    def load(self, device: torch.device) -> "Samples":
        """Keep all parts in the memory of a GPU, if they fit; on a CPU the operating system caches the file."""
        if device.type != "cuda":
            return self
        size = len(self.positions) * len(self.boxes) * int(np.prod(self.shape)) * 4
        if size < FREE_SHARE * torch.cuda.mem_get_info(device)[0]:
            loaded = torch.empty(len(self.positions), len(self.boxes), *self.shape, device=device)
            for image in range(len(self.positions)):
                loaded[image] = self._parts(image, range(len(self.boxes))).to(device)
            self.loaded = loaded
        return self

    def batch(self, samples: Sequence[int], device: torch.device) -> tuple[torch.Tensor, torch.Tensor]:
        """Input (B, parts side by side, X, Y, Z) and class (B,) of some samples."""
        chosen = self.chosen[samples]
        images, parts = (chosen, None) if self.together else np.divmod(chosen, len(self.boxes))
        if self.loaded is not None:
            x = self.loaded[images] if parts is None else self.loaded[images, parts].unsqueeze(1)
        else:
            each = [range(len(self.boxes))] * len(images) if parts is None else [[part] for part in parts]
            x = torch.stack([self._parts(image, p) for image, p in zip(images, each, strict=True)]).to(device)
        return x, self.targets[images].to(device)

    def _parts(self, image: int, parts: Sequence[int]) -> torch.Tensor:
        """Scaled parts of one image, shape (parts, X, Y, Z)."""
        volume = self.volumes[self.positions[image]]
        x = torch.from_numpy(np.stack([volume[self.boxes[part]] for part in parts]).astype(np.float32, copy=False))
        if self.rescale == "none":
            return x
        if self.rescale == "image":
            if image not in self.ranges:
                self.ranges[image] = (float(np.min(volume)), float(np.max(volume)))
            low, high = map(torch.tensor, self.ranges[image])
        else:
            low, high = x.amin((1, 2, 3), keepdim=True), x.amax((1, 2, 3), keepdim=True)
        # A constant part is zero everywhere; NaN stays NaN and is found by the loss.
        return (x - low) / torch.where(high != low, high - low, torch.ones(()))


def batches(samples: int, size: int, order: torch.Generator | None = None) -> list[list[int]]:
    """Sample numbers in batches: in a drawn order for training, else as they come.

    In training a last batch of one sample is left out: it has no variance for batch normalisation.
    """
    numbers = (torch.randperm(samples, generator=order) if order is not None else torch.arange(samples)).tolist()
    found = [numbers[start : start + size] for start in range(0, samples, size)]
    return found[:-1] if order is not None and len(found) > 1 and len(found[-1]) == 1 else found
