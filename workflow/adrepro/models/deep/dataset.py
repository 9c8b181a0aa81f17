"""Input regions of stacked images as scaled batches on the compute device."""

from collections.abc import Sequence

import numpy as np
import torch

from adrepro.models.deep.input_regions import Box

FREE_SHARE = 0.5  # of the GPU's free memory that images may take; activations need the rest


class PatchDataset:
    """Input regions of images for training: one region per sample, or all regions of an image as channels.

    Parameters
    ----------
    volumes : ndarray, shape (scans, X, Y, Z)
        Stacked images on the study grid (template space), possibly mapped from the disk.
    positions : sequence of int, shape (images,)
        Positions of the images in `volumes`.
    targets : sequence of int, shape (images,)
        Class of each image, 0 or 1.
    boxes : list of Box
        Input regions of each image (voxels of the study grid), all of one size.
    intensity_scaling : {"patch", "image", "none"}
        Min-max scaling to [0, 1] of each input region or of the whole image, or none.
    as_channels : bool
        If true, a sample is an image with all its input regions as channels, for networks that are trained jointly.
        Otherwise a sample is one region: sample `i` is region `i % len(boxes)` of image `i // len(boxes)`.
    only : ndarray of int, optional
        Numbers of the samples to use; all by default.
    """

    def __init__(
        self,
        volumes: np.ndarray,
        positions: Sequence[int] | np.ndarray,
        targets: Sequence[int] | np.ndarray,
        boxes: list[Box],
        intensity_scaling: str = "patch",
        as_channels: bool = False,
        only: np.ndarray | None = None,
    ) -> None:
        self.volumes, self.positions, self.boxes = volumes, np.asarray(positions), boxes
        self.targets = torch.as_tensor(np.asarray(targets, dtype=np.int64))
        self.intensity_scaling, self.as_channels = intensity_scaling, as_channels
        self.shape = volumes[0][boxes[0]].shape
        self.chosen = np.arange(len(self.positions) * (1 if as_channels else len(boxes))) if only is None else only
        self.loaded: torch.Tensor | None = None  # (images, regions, X, Y, Z)
        self.ranges: dict[int, tuple[float, float]] = {}

    def __len__(self) -> int:
        return len(self.chosen)

    def sample_targets(self) -> torch.Tensor:
        """Return the class of every sample, shape (samples,)."""
        return (self.targets if self.as_channels else self.targets.repeat_interleave(len(self.boxes)))[self.chosen]

    def load(self, device: torch.device) -> "PatchDataset":
        """Copy all input regions to the memory of a GPU if they fit, and return the dataset.

        Nothing is copied for a CPU: the operating system caches the file.

        Parameters
        ----------
        device : torch.device
            Device of the training.

        Returns
        -------
        PatchDataset
            This dataset.
        """
        if device.type != "cuda":
            return self
        size = len(self.positions) * len(self.boxes) * int(np.prod(self.shape)) * 4
        if size < FREE_SHARE * torch.cuda.mem_get_info(device)[0]:
            loaded = torch.empty(len(self.positions), len(self.boxes), *self.shape, device=device)
            for image in range(len(self.positions)):
                loaded[image] = self._regions(image, range(len(self.boxes))).to(device)
            self.loaded = loaded
        return self

    def batch(self, samples: Sequence[int], device: torch.device) -> tuple[torch.Tensor, torch.Tensor]:
        """Return the input and the class of a batch.

        Parameters
        ----------
        samples : sequence of int, shape (B,)
            Numbers of the samples.
        device : torch.device
            Device to put them on.

        Returns
        -------
        x : Tensor of float32, shape (B, channels, X, Y, Z)
            Scaled voxels; one channel, or one per input region with `as_channels`.
        y : Tensor of int64, shape (B,)
            Classes.
        """
        chosen = self.chosen[samples]
        images, regions = (chosen, None) if self.as_channels else np.divmod(chosen, len(self.boxes))
        if self.loaded is not None:
            x = self.loaded[images] if regions is None else self.loaded[images, regions].unsqueeze(1)
        else:
            each = [range(len(self.boxes))] * len(images) if regions is None else [[region] for region in regions]
            x = torch.stack([self._regions(image, r) for image, r in zip(images, each, strict=True)]).to(device)
        return x, self.targets[images].to(device)

    def _regions(self, image: int, regions: Sequence[int]) -> torch.Tensor:
        """Return scaled input regions of one image, shape (regions, X, Y, Z)."""
        volume = self.volumes[self.positions[image]]
        x = torch.from_numpy(
            np.stack([volume[self.boxes[region]] for region in regions]).astype(np.float32, copy=False)
        )
        if self.intensity_scaling == "none":
            return x
        if self.intensity_scaling == "image":
            if image not in self.ranges:
                self.ranges[image] = (float(np.min(volume)), float(np.max(volume)))
            low, high = map(torch.tensor, self.ranges[image])
        else:
            low, high = x.amin((1, 2, 3), keepdim=True), x.amax((1, 2, 3), keepdim=True)
        # A constant region becomes zero; NaN stays NaN, so that the loss detects it.
        return (x - low) / torch.where(high != low, high - low, torch.ones(()))


def batch_indices(samples: int, size: int, order: torch.Generator | None = None) -> list[list[int]]:
    """Return the sample numbers of each batch.

    Parameters
    ----------
    samples : int
        Number of samples.
    size : int
        Samples per batch.
    order : torch.Generator, optional
        Generator of the random order for training; without it samples are in their own order.

    Returns
    -------
    list of list of int
        In training, a last batch of one sample is left out: batch normalization has no variance for it.
    """
    numbers = (torch.randperm(samples, generator=order) if order is not None else torch.arange(samples)).tolist()
    batches = [numbers[start : start + size] for start in range(0, samples, size)]
    return batches[:-1] if order is not None and len(batches) > 1 and len(batches[-1]) == 1 else batches
