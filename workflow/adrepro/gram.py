"""Inner products of all packed maps, in blocks of voxels, so that memory stays small whatever their number."""

from collections.abc import Iterable, Iterator
from pathlib import Path

import numpy as np

from . import step
from .files import replacing

BLOCK_BYTES = 256 * 2**20


def blocks(path: Path, block_bytes: int = BLOCK_BYTES) -> Iterator[np.ndarray]:
    """The packed maps of a file as blocks (scans, some voxels) in float64.

    The file is mapped anew for each, since what stays mapped counts as this process's memory.
    """
    scans, *shape = np.load(path, mmap_mode="r").shape
    voxels = int(np.prod(shape))
    width = max(1, block_bytes // (8 * scans))
    for begin in range(0, voxels, width):
        yield np.load(path, mmap_mode="r").reshape(scans, -1)[:, begin : begin + width].astype(np.float64)
        print(f"{min(begin + width, voxels)} of {voxels} voxels", flush=True)


def gram_matrix(parts: Iterable[np.ndarray]) -> np.ndarray:
    """Inner products (scans, scans) of maps that come in blocks of voxels."""
    found: np.ndarray | float = 0.0
    for block in parts:
        found = found + block @ block.T
    return np.asarray(found)


def weighted_sum(path: Path, positions: np.ndarray, weights: np.ndarray) -> np.ndarray:
    """Sum (voxels,) of the packed maps at `positions`, each times its weight, read one by one."""
    found = np.zeros(int(np.prod(np.load(path, mmap_mode="r").shape[1:])))
    for position, weight in zip(positions, weights, strict=True):
        found += weight * np.load(path, mmap_mode="r")[position].ravel()
    return found


def gram(volumes: Path, out: Path) -> None:
    """Write the Gram matrix of all packed maps."""
    found = gram_matrix(blocks(volumes))
    with replacing(out) as temporary:
        np.save(temporary, found)


if __name__ == "__main__":
    step.run(gram)
