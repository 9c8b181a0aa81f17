"""Arrays and weights of this workflow, read from npy and safetensors files."""

from pathlib import Path
from typing import TYPE_CHECKING

from adrepro.core.errors import UserError

if TYPE_CHECKING:
    import numpy as np


def read_array(path: Path) -> "np.memmap":
    """Return the array of a `.npy` file, memory-mapped and read-only.

    Parameters
    ----------
    path : Path
        File to read.

    Returns
    -------
    memmap
        Array of any shape.

    Raises
    ------
    UserError
        If the file is damaged.
    """
    import numpy as np

    try:
        return np.lib.format.open_memmap(path, mode="r")
    except (ValueError, EOFError) as error:
        raise UserError(f"{path}: damaged ({error}); delete it and run again") from None


def read_weights(path: Path) -> "dict[str, np.ndarray]":
    """Return the arrays of a safetensors file by name.

    Parameters
    ----------
    path : Path
        File to read.

    Returns
    -------
    dict of str to ndarray
        Arrays by name.

    Raises
    ------
    UserError
        If the file is damaged.
    """
    from safetensors import SafetensorError
    from safetensors.numpy import load_file

    try:
        return load_file(path)
    except (SafetensorError, OSError) as error:
        raise UserError(f"{path}: damaged ({error}); delete it and run again") from None
