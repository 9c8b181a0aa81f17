"""Inner products of all packed maps, in blocks of voxels, so that memory stays small whatever their number."""

from collections.abc import Iterable, Iterator
from pathlib import Path

import numpy as np

from adrepro.core import step
from adrepro.core.files import read_array, replacing

BLOCK_BYTES = 256 * 2**20


def blocks(path: Path, block_bytes: int = BLOCK_BYTES) -> Iterator[np.ndarray]:
    """The packed maps of a file as blocks (scans, some voxels) in float64.

    They are read, not mapped: of mapped files the kernel holds far more than is looked at.
    """
    packed = read_array(path)
    (scans, *shape), dtype, start = packed.shape, packed.dtype, packed.offset
    voxels = int(np.prod(shape))
    width = max(1, block_bytes // (8 * scans))
    del packed
    with open(path, "rb") as file:
        for begin in range(0, voxels, width):
            block = np.empty((scans, min(width, voxels - begin)))
            for scan in range(scans):
                file.seek(start + (scan * voxels + begin) * dtype.itemsize)
                block[scan] = np.fromfile(file, dtype, block.shape[1])
            yield block
            print(f"{min(begin + width, voxels)} of {voxels} voxels", flush=True)


def gram_matrix(parts: Iterable[np.ndarray]) -> np.ndarray:
    """Inner products (scans, scans) of maps that come in blocks of voxels."""
    found: np.ndarray | float = 0.0
    for block in parts:
        found = found + block @ block.T
    return np.asarray(found)


def weighted_sum(path: Path, positions: np.ndarray, weights: np.ndarray) -> np.ndarray:
    """Sum (voxels,) of the packed maps at `positions`, each times its weight, read one by one."""
    found = np.zeros(int(np.prod(read_array(path).shape[1:])))
    for position, weight in zip(positions, weights, strict=True):
        found += weight * read_array(path)[position].ravel()
    return found


def gram(volumes: Path, out: Path) -> None:
    """Write the Gram matrix of all packed maps."""
    found = gram_matrix(blocks(volumes))
    with replacing(out) as temporary:
        np.save(temporary, found)


if __name__ == "__main__":
    step.run(gram)
