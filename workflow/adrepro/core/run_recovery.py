"""What an earlier run left in a folder when it was killed: its lock, jobs of its that still run, unfinished files."""

import contextlib
import errno
import os
import socket
import subprocess
import tempfile
import time
from pathlib import Path

from adrepro.core.errors import UserError, in_words
from adrepro.core.files import PART, read_json, reserve, write_json

OWNER = Path(".snakemake/adrepro_run.json")
LOCKS = Path(".snakemake/locks")
LEAST_BYTES = 1 << 18
SKEW_SECONDS = 10  # a difference of clocks that passes while a job waits
WRITTEN = ("results", "reports", "resources")


def begin_of(pid: int) -> str:
    """When a process of this machine began (clock ticks since boot), empty if it is gone; tells reused ids apart."""
    try:
        after_name = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return ""
    return "" if after_name[0] == "Z" else after_name[19]


def begin_run() -> None:
    """Write down which process works in the current folder, and clean up after one that could not."""
    if OWNER.exists():
        sweep()
    pid = os.getpid()
    write_json(OWNER, {"host": socket.gethostname(), "pid": pid, "begin": begin_of(pid)})


def end_run() -> None:
    """Forget who worked here; what jobs did not finish goes with it."""
    sweep()
    OWNER.unlink(missing_ok=True)


def refuse_full_disk() -> None:
    """Raise a `UserError` if the current folder has no room for Snakemake's notes: it would end in a traceback."""
    try:
        with tempfile.NamedTemporaryFile(dir=".", prefix=PART) as probe:
            reserve(Path(probe.name), LEAST_BYTES)
    except OSError as error:
        if error.errno in (errno.ENOSPC, errno.EDQUOT):
            error.filename = str(Path.cwd())
            raise UserError(in_words(error)) from None


def drop_dead_lock() -> str:
    """Take away the lock of a run that was killed on this machine; returns what to tell, or nothing.

    A lock of a run that still works, or of another machine, is left to Snakemake.
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
    return f"The last run in this folder (process {owner['pid']}) was killed: its lock is taken away."


def date_back() -> str:
    """Date results of a machine whose clock is ahead to now: until then nothing could be made of them.

    Returns what to tell, or nothing.
    """
    now, ahead = time.time(), 0
    for folder, _, names in os.walk("results"):
        for name in names:
            path = f"{folder}/{name}"
            with contextlib.suppress(OSError):  # another run may be renaming it; a disk may be for reading alone
                if os.lstat(path).st_mtime > now + SKEW_SECONDS:
                    os.utime(path, (now, now), follow_symlinks=False)
                    ahead += 1
    return f"Results dated in the future, by a clock that is ahead, are dated now: {ahead} files." if ahead else ""


def refuse_live_jobs() -> None:
    """Raise a `UserError` if SLURM jobs of an earlier run still write into the current folder."""
    jobs = live_jobs()
    if jobs:
        raise UserError(
            f"SLURM still works for an earlier run in {Path.cwd()}: jobs {', '.join(jobs)}. "
            f"Wait until they end, or cancel them (scancel {' '.join(jobs)}), and run the same command again."
        )


def live_jobs() -> list[str]:
    """Ids of one's SLURM jobs that wait or run in the current folder for Snakemake; none where there is no SLURM."""
    lines = squeue("--format=%A|%k|%Z") or []
    rows = [line.split("|", 2) for line in lines if line.count("|") >= 2]
    here = str(Path.cwd())
    return sorted({job for job, comment, folder in rows if comment.startswith("rule_") and folder == here}, key=int)


def squeue(*words: str) -> list[str] | None:
    """What `squeue` says of one's jobs, line by line; None where there is no SLURM or it does not answer."""
    asked = ["squeue", "--me", "--noheader", *words]
    try:
        return subprocess.run(asked, capture_output=True, text=True, timeout=60, check=True).stdout.splitlines()
    except (OSError, subprocess.SubprocessError):
        return None


def sweep() -> None:
    """Delete files that a killed job had not finished; they hold their place on the disk and nothing else."""
    for folder in WRITTEN:
        for path in Path(folder).rglob(f"{PART}*"):
            if path.is_file() and not path.is_symlink():
                path.unlink(missing_ok=True)
