"""Files of earlier settings in the folder of a run: list them, and remove them on request."""

import os
from collections.abc import Callable
from pathlib import Path

import pandas as pd

from adrepro.core.errors import UserError
from adrepro.core.run_recovery import running
from adrepro.core.tables import read_table, write_table

UNUSED = Path("results/unused.tsv")
PLACES = ("results", "benchmarks", "logs", "reports")
SHOWN = 5


def unused_files(folder: Path, used: Callable[[str], bool]) -> list[Path]:
    """Return the files of a run that the current settings do not ask for.

    Parameters
    ----------
    folder : Path
        Folder of a run.
    used : callable
        Whether the settings ask for a file, by its path relative to the folder.

    Returns
    -------
    list of Path
        Relative to the folder, sorted.
    """
    found = []
    for place in PLACES:
        for parent, _, names in os.walk(folder / place):
            paths = [Path(os.path.relpath(Path(parent, name), folder)) for name in names]
            found += [path for path in paths if path != UNUSED and not used(path.as_posix())]
    return sorted(found)


def note_unused(folder: Path, used: Callable[[str], bool]) -> str:
    """Write `results/unused.tsv`, and return a message if it lists other files than before.

    Parameters
    ----------
    folder : Path
        Folder of a finished run.
    used : callable
        As in `unused_files`.

    Returns
    -------
    str
        Empty if there is nothing new.
    """
    paths = unused_files(folder, used)
    table = pd.DataFrame({"path": map(str, paths), "bytes": [(folder / path).lstat().st_size for path in paths]})
    known = set(read_table(folder / UNUSED)["path"]) if (folder / UNUSED).exists() else set()
    write_table(folder / UNUSED, table)
    if table.empty or set(table["path"]) <= known:
        return ""
    return (
        f"{_amount(table)} belong to earlier settings and are not used: {_folders(paths)}. "
        f"All are in {UNUSED}; `adrepro clean` removes them."
    )


def _amount(table: pd.DataFrame) -> str:
    files = "1 file" if len(table) == 1 else f"{len(table):,} files"
    return f"{files} ({table['bytes'].astype(int).sum() / 1e6:.1f} MB)"


def _folders(paths: list[Path]) -> str:
    folders = list(dict.fromkeys(str(path.parent) for path in paths))
    more = f" and {len(folders) - SHOWN} more folders" if len(folders) > SHOWN else ""
    return ", ".join(folders[:SHOWN]) + more


def clean(folder: Path, dry_run: bool) -> str:
    """Remove the files that `results/unused.tsv` lists, and folders that are then empty.

    Parameters
    ----------
    folder : Path
        Folder of a run.
    dry_run : bool
        Whether to list them alone.

    Returns
    -------
    str
        The files, or a summary.

    Raises
    ------
    UserError
        If no run has finished in the folder, or one is at work.
    """
    record = folder / UNUSED
    if not record.exists():
        raise UserError(
            f"{folder}: no {UNUSED}, which a finished run writes; run the study to its end first, and give its folder"
        )
    if running(folder):
        raise UserError(f"{folder}: a run is at work there; wait for its end")
    table = read_table(record)
    here = [(folder / path).exists() or (folder / path).is_symlink() for path in table["path"]]
    table = table[here]
    since = record.stat().st_mtime_ns
    paths = [folder / path for path in table["path"] if (folder / path).lstat().st_mtime_ns <= since]
    if dry_run:
        return "\n".join([*map(str, paths), f"{folder}: {_amount(table)} of earlier settings; nothing was removed"])
    for path in paths:
        path.unlink(missing_ok=True)
        for parent in path.relative_to(folder).parents:
            if parent == Path() or any((folder / parent).iterdir()):
                break
            (folder / parent).rmdir()
    record.unlink()
    return f"{folder}: {_amount(table)} of earlier settings removed"
