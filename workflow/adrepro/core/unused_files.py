"""Files of earlier settings in the folder of a run: list them, and remove them on request."""

import os
from collections.abc import Callable, Iterable
from pathlib import Path

from adrepro.core.errors import UserError
from adrepro.core.files import read_json, write_json
from adrepro.core.run_recovery import live_run

UNUSED = Path("results/unused.json")
MEASURED = {"benchmarks": ".tsv", "logs": ".log"}  # written beside outputs, in folders of their step or model
CHECKPOINTS = "results/checkpoints"
SHOWN = 5


def files_below(folder: Path, place: str) -> list[str]:
    """Return the paths of all files below a place of a run, relative to its folder.

    Parameters
    ----------
    folder : Path
        Folder of a run.
    place : str
        Folder within it, such as `logs`.
    """
    return [
        Path(os.path.relpath(Path(parent, name), folder)).as_posix()
        for parent, _, names in os.walk(folder / place)
        for name in names
    ]


def unused_files(folder: Path, made: Iterable[str], used: Callable[[str], bool]) -> list[str]:
    """Return the files that a run has made and that the current settings do not ask for.

    Files of the user's own are none of them, wherever they lie.

    Parameters
    ----------
    folder : Path
        Folder of a run.
    made : iterable of str
        Outputs of its rules, from `snakemake_internals.made_files`.
    used : callable
        Whether the settings ask for a file, by its path relative to the folder.

    Returns
    -------
    list of str
        Paths relative to the folder, sorted.
    """
    found = {path for path in made if (folder / path).is_file() and not Path(path).is_absolute()}
    found.update(files_below(folder, CHECKPOINTS))
    for place, ending in MEASURED.items():
        found.update(path for path in files_below(folder, place) if path.endswith(ending) and path.count("/") > 1)
    return sorted(path for path in found if path.startswith(("results/", *MEASURED)) and not used(path))


def note_unused(folder: Path, made: Iterable[str], used: Callable[[str], bool], settings: str) -> str:
    """Write the list of unused files of a complete run, and return a message if it has other files than before.

    Parameters
    ----------
    folder : Path
        Folder of a complete run.
    made, used
        As in `unused_files`.
    settings : str
        Hash of the settings of the run.

    Returns
    -------
    str
        Empty if there is nothing new.
    """
    paths = unused_files(folder, made, used)
    known = read_json(folder / UNUSED)["files"] if (folder / UNUSED).exists() else {}
    files = {path: (folder / path).lstat().st_size for path in paths}
    write_json(folder / UNUSED, {"settings": settings, "files": files})
    if set(files) <= set(known):
        return ""
    folders = list(dict.fromkeys(path.rpartition("/")[0] for path in paths))
    more = f" and {len(folders) - SHOWN} more folders" if len(folders) > SHOWN else ""
    return (
        f"{_amount(files)} belong to earlier settings and are not used: {', '.join(folders[:SHOWN])}{more}. "
        f"All are in {UNUSED}; `adrepro clean` removes them."
    )


def forget_other_settings(folder: Path, settings: str) -> None:
    """Mark the list of unused files as outdated, if a run with other settings begins.

    Parameters
    ----------
    folder : Path
        Folder of a run.
    settings : str
        Hash of the settings of the run that begins.
    """
    if (folder / UNUSED).exists():
        record = read_json(folder / UNUSED)
        if record["settings"] != settings:
            write_json(folder / UNUSED, record | {"settings": ""})


def _amount(files: dict[str, int]) -> str:
    count = "1 file" if len(files) == 1 else f"{len(files):,} files"
    return f"{count} ({sum(files.values()) / 1e6:.1f} MB)"


def clean(folder: Path, dry_run: bool) -> str:
    """Remove the files that the last complete run listed as unused, and folders that are then empty.

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
        If the last run in the folder was not complete, or one is at work there.
    """
    record = read_json(folder / UNUSED) if (folder / UNUSED).exists() else {}
    if not record.get("settings"):
        raise UserError(
            f"{folder}: which files are used is known after a complete run; run the study to its end with its present "
            "settings, and give its folder"
        )
    if run := live_run(folder):
        raise UserError(f"{folder}: {run}; wait for its end")
    since = (folder / UNUSED).stat().st_mtime_ns
    files = {
        path: size
        for path, size in record["files"].items()
        if (folder / path).is_file() and (folder / path).lstat().st_mtime_ns <= since
    }
    if dry_run:
        listed = (str(folder / path) for path in files)
        return "\n".join([*listed, f"{folder}: {_amount(files)} of earlier settings; nothing was removed"])
    for path in files:
        (folder / path).unlink(missing_ok=True)
        for parent in Path(path).parents:
            if parent == Path() or any((folder / parent).iterdir()):
                break
            (folder / parent).rmdir()
    write_json(folder / UNUSED, record | {"files": {}})
    return f"{folder}: {_amount(files)} of earlier settings removed"
