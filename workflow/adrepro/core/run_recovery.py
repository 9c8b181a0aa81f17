"""Recover from a killed run in the same folder: its lock, its live jobs and unfinished files."""

import contextlib
import errno
import os
import socket
import subprocess
import tempfile
import time
from pathlib import Path

from adrepro.core.errors import UserError, describe_os_error
from adrepro.core.files import PART, read_json, reserve, write_json

OWNER = Path(".snakemake/adrepro_run.json")
LOCKS = Path(".snakemake/locks")
LEAST_BYTES = 1 << 18
SKEW_SECONDS = 10  # a difference between clocks that is over before a job starts
WRITTEN = ("results", "reports", "resources")
EARLIER_NAMES = ("cohort/usable.tsv", "cohort/accepted.tsv", "reference/planted.nii.gz", "volumes/GM_gram.npy")


def begin_of(pid: int) -> str:
    """Return the start time of a process of this machine, to distinguish reused process ids.

    Parameters
    ----------
    pid : int
        Process id.

    Returns
    -------
    str
        Clock ticks since boot; empty if the process has ended.
    """
    try:
        after_name = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return ""
    return "" if after_name[0] == "Z" else after_name[19]


def begin_run() -> None:
    """Record this process as the owner of the current folder, after cleaning up for an owner that was killed."""
    if OWNER.exists():
        sweep()
    pid = os.getpid()
    write_json(OWNER, {"host": socket.gethostname(), "pid": pid, "begin": begin_of(pid)})


def live_run(folder: Path) -> str:
    """Return a sentence on the run that is, or may be, at work in a folder; empty if there is none.

    Parameters
    ----------
    folder : Path
        Folder of a run.
    """
    if not (folder / OWNER).exists():
        return ""
    owner = read_json(folder / OWNER)
    if owner["host"] != socket.gethostname():
        return f"a run of the machine {owner['host']} is at work there, or was killed"
    return "a run is at work there" if begin_of(owner["pid"]) == owner["begin"] else ""


def end_run() -> None:
    """Delete the record of the owner, and unfinished files of jobs."""
    sweep()
    OWNER.unlink(missing_ok=True)


def refuse_full_disk() -> None:
    """Raise a `UserError` if the disk of the current folder is full: Snakemake would end in a traceback."""
    try:
        with tempfile.NamedTemporaryFile(dir=".", prefix=PART) as probe:
            reserve(Path(probe.name), LEAST_BYTES)
    except OSError as error:
        if error.errno in (errno.ENOSPC, errno.EDQUOT):
            error.filename = str(Path.cwd())
            raise UserError(describe_os_error(error)) from None


def drop_dead_lock() -> str:
    """Remove the lock of a run that was killed on this machine.

    A lock of a live run, or of another machine, is left to Snakemake.

    Returns
    -------
    str
        Message for the user; empty if no lock was removed.
    """
    locks = list(LOCKS.glob("*.lock"))
    if not locks or not OWNER.exists():
        return ""
    try:
        owner = read_json(OWNER)
    except UserError:
        return ""
    if owner["host"] != socket.gethostname() or begin_of(owner["pid"]) == owner["begin"]:
        return ""
    for lock in locks:
        lock.unlink(missing_ok=True)
    return f"The last run in this folder (process {owner['pid']}) was killed: its lock is removed."


def dated_in_future(folder: Path) -> list[Path]:
    """Return the results of a run that are dated in the future, by a clock that was ahead.

    Parameters
    ----------
    folder : Path
        Folder of a run, with `results`. For a symbolic link, the date of the link counts.
    """
    now, found = time.time(), []
    for parent, _, names in os.walk(folder / "results"):
        for name in names:
            path = Path(parent, name)
            with contextlib.suppress(OSError):  # another run may be renaming it
                if os.lstat(path).st_mtime > now + SKEW_SECONDS:
                    found.append(path)
    return found


def refuse_future_results() -> None:
    """Raise a `UserError` if results in the current folder are dated in the future: they outdate later ones."""
    late = dated_in_future(Path())
    if late:
        raise UserError(
            f"{len(late)} results in {Path.cwd()} are dated in the future ({late[0]}, ...), by a clock that was ahead; "
            "correct the clock, or date them now with `adrepro reset-dates`"
        )


def reset_dates(folder: Path) -> int:
    """Set the date of results that are dated in the future to now.

    Parameters
    ----------
    folder : Path
        Folder of a run, with `results`.

    Returns
    -------
    int
        Number of files.
    """
    late, now = dated_in_future(folder), time.time()
    for path in late:
        os.utime(path, (now, now), follow_symlinks=False)
    return len(late)


def refuse_earlier_layout() -> None:
    """Raise a `UserError` if the results in the current folder have the file names of an earlier version."""
    if any(Path("results", name).exists() for name in EARLIER_NAMES):
        raise UserError(
            f"{Path.cwd()}: results of an earlier version of adrepro, whose files had other names; move results, logs "
            "and benchmarks away, or choose another --directory"
        )


def refuse_live_jobs() -> None:
    """Raise a `UserError` if SLURM jobs of an earlier run still run in the current folder."""
    jobs = live_jobs()
    if jobs:
        raise UserError(
            f"{Path.cwd()}: SLURM jobs of an earlier run are still active here: {', '.join(jobs)}. "
            f"Wait until they end, or cancel them (scancel {' '.join(jobs)}), and run the same command again."
        )


def live_jobs() -> list[str]:
    """Return the ids of the user's SLURM jobs that Snakemake submitted from the current folder; none without SLURM."""
    lines = squeue("--format=%A|%k|%Z") or []
    rows = [line.split("|", 2) for line in lines if line.count("|") >= 2]
    here = str(Path.cwd())
    return sorted({job for job, comment, folder in rows if comment.startswith("rule_") and folder == here}, key=int)


def squeue(*words: str) -> list[str] | None:
    """Return the output of `squeue` on the user's jobs.

    Parameters
    ----------
    *words : str
        Further options of `squeue`.

    Returns
    -------
    list of str or None
        Lines of the output; None without SLURM or if it does not answer.
    """
    command = ["squeue", "--me", "--noheader", *words]
    try:
        return subprocess.run(command, capture_output=True, text=True, timeout=60, check=True).stdout.splitlines()
    except (OSError, subprocess.SubprocessError):
        return None


def sweep() -> None:
    """Delete unfinished temporary files of killed jobs."""
    for folder in WRITTEN:
        for path in Path(folder).rglob(f"{PART}*"):
            if path.is_file() and not path.is_symlink():
                path.unlink(missing_ok=True)
