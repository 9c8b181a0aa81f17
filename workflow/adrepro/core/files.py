"""Reading and writing files so that nothing partial ever stands under a final name."""

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
    """Raise a `UserError` where a folder, pipe or device stands in a file's place: reading might never end."""
    if Path(path).exists() and not Path(path).is_file():
        raise UserError(f"{path}: is a {'folder' if Path(path).is_dir() else 'pipe or device'}, expected a file")


@contextmanager
def replacing(path: Path) -> Iterator[Path]:
    """Yield a temporary path beside `path` that takes its name when the block ends well.

    The temporary name is unique to the process and keeps the suffixes of `path`, so that writers that choose a
    format by suffix work, and two jobs never write to one file.
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
    except OSError as error:  # writers of compressed files do not say which
        error.filename = error.filename or str(path)
        raise
    except Exception as error:  # safetensors has an error of its own for what the disk did
        number = re.search(r"\(os error (\d+)\)", str(error))
        if number:
            raise OSError(int(number[1]), os.strerror(int(number[1])), str(path)) from error
        raise
    finally:
        temporary.unlink(missing_ok=True)


def reserve(path: Path, size: int) -> None:
    """Make `size` bytes of the disk a file's own, or raise the `OSError` of a full disk.

    For files that are written through memory, where a full disk ends the process by a signal.
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
    with replacing(path) as temporary:
        temporary.write_text(text, encoding="utf-8")


def write_json(path: Path, content: object) -> None:
    write_text(path, json.dumps(content, indent=2, sort_keys=True, allow_nan=False) + "\n")


def read_json(path: Path) -> dict:
    try:
        return json.loads(Path(path).read_text(encoding="utf-8"))
    except (ValueError, UnicodeDecodeError) as error:
        raise UserError(f"{path}: not valid JSON ({error}); delete the file and run again") from error


def write_table(path: Path, table: "pd.DataFrame") -> None:
    """Write a TSV with `n/a` for missing values and the shortest text that reads back as the same float.

    Nothing is quoted, as BIDS has it: a tab or a line break within a cell becomes a space.
    """
    table = table.replace(r"[\t\r\n]+", " ", regex=True)
    with replacing(path) as temporary:
        table.to_csv(temporary, sep="\t", index=False, na_rep=MISSING, lineterminator="\n", quoting=csv.QUOTE_NONE)


def read_table(path: Path, numbers: tuple[str, ...] = (), whole: bool = True) -> "pd.DataFrame":
    """Read a TSV as strings (ids stay ids: `01` is not `1`), with the columns `numbers` as floats.

    One that was cut short is refused: participants would be missing without a word. `whole=False` is for tables that
    other programs wrote, which may leave out the end of a row or of the last line.
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


def read_array(path: Path) -> "np.ndarray":
    """An array of a `.npy` file, mapped from the disk."""
    import numpy as np

    try:
        return np.load(path, mmap_mode="r")
    except (ValueError, EOFError) as error:
        raise UserError(f"{path}: damaged ({error}); delete it and run again") from None


def read_weights(path: Path) -> "dict[str, np.ndarray]":
    """The arrays of a safetensors file."""
    from safetensors import SafetensorError
    from safetensors.numpy import load_file

    try:
        return load_file(path)
    except (SafetensorError, OSError) as error:
        raise UserError(f"{path}: damaged ({error}); delete it and run again") from None
