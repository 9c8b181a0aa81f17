"""Read files, and write them atomically."""

import csv
import json
import os
import re
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from adrepro.core.errors import UserError

if TYPE_CHECKING:  # pandas takes longer to load than most steps on one scan need it
    import numpy as np
    import pandas as pd

MISSING = "n/a"
PART = ".part-"  # begins the name of a file that is being written


def refuse_irregular(path: Path) -> None:
    """Raise a `UserError` if a path is a folder, pipe or device, of which reading might never end."""
    if Path(path).exists() and not Path(path).is_file():
        raise UserError(f"{path}: is a {'folder' if Path(path).is_dir() else 'pipe or device'}, expected a file")


@contextmanager
def replacing(path: Path) -> Iterator[Path]:
    """Yield a temporary path beside `path`, and rename it to `path` if the block ends without an error.

    The temporary name is unique to the process and keeps the suffixes of `path`, so that writers that choose a
    format by suffix work, and two jobs never write to one file.

    Parameters
    ----------
    path : Path
        File to write; its folder is created if necessary.

    Raises
    ------
    OSError
        Of the disk, with `path` as its file name.
    UserError
        If `path` is a folder, pipe or device.
    """
    path = Path(path)
    refuse_irregular(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(prefix=PART, suffix="".join(path.suffixes[-2:]), dir=path.parent)
    os.close(handle)
    temporary = Path(name)
    try:
        yield temporary
        with open(temporary, "rb") as written:
            os.fsync(written.fileno())
        os.chmod(temporary, 0o666 & ~_umask())
        os.replace(temporary, path)
    except OSError as error:  # writers of compressed files do not give the name
        error.filename = error.filename or str(path)
        raise
    except Exception as error:  # safetensors wraps errors of the disk
        number = re.search(r"\(os error (\d+)\)", str(error))
        if number:
            raise OSError(int(number[1]), os.strerror(int(number[1])), str(path)) from error
        raise
    finally:
        temporary.unlink(missing_ok=True)


def reserve(path: Path, size: int) -> None:
    """Allocate `size` bytes of the disk for an existing file, or raise the `OSError` of a full disk.

    Needed before writing through a memory map, in which a full disk ends the process by a signal.

    Parameters
    ----------
    path : Path
        File that exists.
    size : int
        Bytes.
    """
    with open(path, "r+b") as stream:
        try:
            os.posix_fallocate(stream.fileno(), 0, size)
        except OSError as error:
            error.filename = str(path)
            raise


def _umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask


def write_text(path: Path, text: str) -> None:
    """Write a UTF-8 text file atomically."""
    with replacing(path) as temporary:
        temporary.write_text(text, encoding="utf-8")


def write_json(path: Path, content: object) -> None:
    """Write a JSON file atomically, with sorted keys; NaN and infinity are errors."""
    write_text(path, json.dumps(content, indent=2, sort_keys=True, allow_nan=False) + "\n")


def read_json(path: Path) -> dict:
    """Read a JSON file that this workflow wrote; raise a `UserError` if it is damaged."""
    try:
        return json.loads(Path(path).read_text(encoding="utf-8"))
    except (ValueError, UnicodeDecodeError) as error:
        raise UserError(f"{path}: not valid JSON ({error}); delete the file and run again") from error


def write_table(path: Path, table: "pd.DataFrame") -> None:
    """Write a TSV atomically, in the format of BIDS.

    Missing values are `n/a`, floats the shortest text that reads back as the same number. Nothing is quoted: a tab or a
    line break within a cell becomes a space.

    Parameters
    ----------
    path : Path
        TSV to write.
    table : DataFrame
        The index is not written.
    """
    table = table.replace(r"[\t\r\n]+", " ", regex=True)
    with replacing(path) as temporary:
        table.to_csv(temporary, sep="\t", index=False, na_rep=MISSING, lineterminator="\n", quoting=csv.QUOTE_NONE)


def read_table(path: Path, numbers: tuple[str, ...] = (), whole: bool = True) -> "pd.DataFrame":
    """Read a TSV as strings (identifiers are kept: `01` is not `1`).

    A truncated file is an error: participants would be missing without notice.

    Parameters
    ----------
    path : Path
        TSV to read.
    numbers : tuple of str
        Columns to convert to float; `n/a` becomes NaN.
    whole : bool
        Whether the file must be complete; False for tables that other programs wrote, which may leave out the end of a
        row or of the last line.

    Raises
    ------
    UserError
        If the file is no table, is truncated or lacks a column of `numbers`.
    """
    import pandas as pd

    how = {"sep": "\t", "dtype": str, "keep_default_na": False, "quoting": csv.QUOTE_NONE, "encoding": "utf-8-sig"}
    try:
        table = pd.read_csv(path, **how)
        if whole and (table.isna().any(axis=None) or not _ends_a_line(path)):
            raise ValueError("it was cut short, or has rows of different length")
        for column in numbers:
            table[column] = pd.to_numeric(table[column].replace(MISSING, None))
    except (ValueError, KeyError) as error:  # pandas' own errors are ValueErrors
        raise UserError(f"{path}: not a readable table ({error}); delete it and run again") from None
    return table


def _ends_a_line(path: Path) -> bool:
    with open(path, "rb") as stream:
        stream.seek(-1, os.SEEK_END)
        return stream.read() == b"\n"


def read_array(path: Path) -> "np.memmap":
    """Return the array of a `.npy` file, memory-mapped and read-only."""
    import numpy as np

    try:
        return np.lib.format.open_memmap(path, mode="r")
    except (ValueError, EOFError) as error:
        raise UserError(f"{path}: damaged ({error}); delete it and run again") from None


def read_weights(path: Path) -> "dict[str, np.ndarray]":
    """Return the arrays of a safetensors file by name."""
    from safetensors import SafetensorError
    from safetensors.numpy import load_file

    try:
        return load_file(path)
    except (SafetensorError, OSError) as error:
        raise UserError(f"{path}: damaged ({error}); delete it and run again") from None
