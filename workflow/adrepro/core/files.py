"""Read files, and write them atomically."""

import hashlib
import json
import os
import re
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from adrepro.core.errors import UserError

MISSING = "n/a"
PART = ".part-"  # begins the name of a file that is being written


def refuse_irregular(path: Path) -> None:
    """Raise a `UserError` if a path is a folder, pipe or device, of which reading might never end.

    Parameters
    ----------
    path : Path
        Path of an input; a missing one is accepted.

    Raises
    ------
    UserError
        Names the kind of the path.
    """
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


def sha256(path: Path) -> str:
    """Return the SHA-256 of a file.

    Parameters
    ----------
    path : Path
        File to read.

    Returns
    -------
    str
        64 hexadecimal digits.
    """
    return hashlib.sha256(Path(path).read_bytes()).hexdigest()


def write_text(path: Path, text: str) -> None:
    """Write a UTF-8 text file atomically.

    Parameters
    ----------
    path : Path
        File to write.
    text : str
        Content.
    """
    with replacing(path) as temporary:
        temporary.write_text(text, encoding="utf-8")


def write_json(path: Path, content: object) -> None:
    """Write a JSON file atomically, with sorted keys; NaN and infinity are errors.

    Parameters
    ----------
    path : Path
        File to write.
    content : object
        Value that `json` can write.

    Raises
    ------
    ValueError
        If a number is NaN or infinite.
    """
    write_text(path, json.dumps(content, indent=2, sort_keys=True, allow_nan=False) + "\n")


def read_json(path: Path) -> dict:
    """Read a JSON file that this workflow wrote; raise a `UserError` if it is damaged.

    Parameters
    ----------
    path : Path
        File to read.

    Returns
    -------
    dict
        Content.

    Raises
    ------
    UserError
        If the file is not valid JSON.
    """
    try:
        return json.loads(Path(path).read_text(encoding="utf-8"))
    except (ValueError, UnicodeDecodeError) as error:
        raise UserError(f"{path}: not valid JSON ({error}); delete the file and run again") from error
