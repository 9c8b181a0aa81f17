"""Inner products of all packed maps, in blocks of voxels, so that memory stays small whatever their number."""

from pathlib import Path

import numpy as np

from . import step
from .files import replacing

BLOCK_BYTES = 256 * 2**20


def gram_matrix(maps: np.ndarray, block_bytes: int = BLOCK_BYTES) -> np.ndarray:
    """Inner products (scans, scans) in float64 of `maps`, shape (scans, voxels), possibly on disk."""
    scans, voxels = maps.shape
    width = max(1, block_bytes // (8 * scans))
    found = np.zeros((scans, scans))
    for begin in range(0, voxels, width):
        block = maps[:, begin : begin + width].astype(np.float64)
        found += block @ block.T
        print(f"{min(begin + width, voxels)} of {voxels} voxels", flush=True)
    return found


def weighted_sum(maps: np.ndarray, positions: np.ndarray, weights: np.ndarray) -> np.ndarray:
    """Sum (voxels,) of the maps at `positions`, each times its weight, read one by one."""
    found = np.zeros(maps.shape[1])
    for position, weight in zip(positions, weights, strict=True):
        found += weight * maps[position]
    return found


def gram(volumes: Path, out: Path) -> None:
    """Write the Gram matrix of all packed maps."""
    packed = np.load(volumes, mmap_mode="r")
    found = gram_matrix(packed.reshape(len(packed), -1))
    with replacing(out) as temporary:
        np.save(temporary, found)


if __name__ == "__main__":
    step.run(gram)
