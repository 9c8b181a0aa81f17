"""Linear kernel of stacked maps, in blocks of voxels that bound the memory."""

from collections.abc import Iterable, Iterator
from pathlib import Path

import numpy as np

from adrepro.core import step
from adrepro.core.arrays import read_array
from adrepro.core.files import replacing

BLOCK_BYTES = 256 * 2**20


def blocks(path: Path, block_bytes: int = BLOCK_BYTES) -> Iterator[np.ndarray]:
    """Yield stacked maps in blocks of voxels.

    Blocks are read and not memory-mapped: the operating system keeps far more of mapped files than is used.

    Parameters
    ----------
    path : Path
        `.npy` file of stacked maps, shape (scans, X, Y, Z).
    block_bytes : int
        Largest size of a block in bytes.

    Yields
    ------
    ndarray, shape (scans, voxels)
        float64.
    """
    stacked = read_array(path)
    (scans, *shape), dtype, start = stacked.shape, stacked.dtype, stacked.offset
    voxels = int(np.prod(shape))
    width = max(1, block_bytes // (8 * scans))
    del stacked
    with open(path, "rb") as file:
        for begin in range(0, voxels, width):
            block = np.empty((scans, min(width, voxels - begin)))
            for scan in range(scans):
                file.seek(start + (scan * voxels + begin) * dtype.itemsize)
                block[scan] = np.fromfile(file, dtype, block.shape[1])
            yield block
            print(f"{min(begin + width, voxels)} of {voxels} voxels", flush=True)


def kernel_matrix(parts: Iterable[np.ndarray]) -> np.ndarray:
    """Return the linear kernel (inner products) of maps.

    Parameters
    ----------
    parts : iterable of ndarray
        Blocks of shape (scans, voxels).

    Returns
    -------
    ndarray, shape (scans, scans)
        Inner products over all voxels.
    """
    kernel: np.ndarray | float = 0.0
    for block in parts:
        kernel = kernel + block @ block.T
    return np.asarray(kernel)


def linear_kernel(volumes: Path, out: Path) -> None:
    """Write the linear kernel of all stacked maps.

    Parameters
    ----------
    volumes : Path
        `.npy` file of stacked maps, shape (scans, X, Y, Z), template space (input).
    out : Path
        `.npy` file to write, shape (scans, scans), float64.
    """
    kernel = kernel_matrix(blocks(volumes))
    with replacing(out) as temporary:
        np.save(temporary, kernel)


if __name__ == "__main__":
    step.run(linear_kernel)
