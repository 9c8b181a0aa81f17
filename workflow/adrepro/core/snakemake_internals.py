"""Uses of undocumented objects of Snakemake, all in this file; those of its SLURM plugin are in `slurm_internals`.

Each function names the upstream issue or the reason, and the versions it was seen with. On another version it does
nothing, with a warning, where the study can run without it.
"""

import base64
import contextlib
import os
import sys
import warnings
from collections.abc import Callable, Sequence
from functools import wraps
from importlib.metadata import version
from pathlib import Path
from typing import Any

from packaging.version import Version

SEEN = ("9.27", "10")  # from this version, to below that one


def known_version(package: str = "snakemake", seen: tuple[str, str] = SEEN) -> bool:
    """Return whether the installed version of a package is one that the internals were seen in.

    Parameters
    ----------
    package : str
        Name of an installed distribution.
    seen : tuple of str
        First version, and the version below which it must be.
    """
    return Version(seen[0]) <= Version(version(package)) < Version(seen[1])


def guarded(function: Callable[..., None]) -> Callable[..., None]:
    """Return `function`, which does nothing, with a warning, on an unknown version of Snakemake.

    Parameters
    ----------
    function : Callable[..., None]
        Change of Snakemake's behavior, without a result.
    """

    @wraps(function)
    def on_known_version(*arguments: Any) -> None:
        if known_version():
            function(*arguments)
        else:
            warnings.warn(f"{function.__name__}: not applied with Snakemake {version('snakemake')}", stacklevel=2)

    return on_known_version


def command_line_config(workflow: Any) -> dict[str, Any]:
    """Return what `--config` set on the command line, without configuration files.

    `workflow.config_settings.config` (9.27): needed since relative paths are relative to where they were typed, and
    the merged `config` does not tell where a value comes from.
    """
    return workflow.config_settings.config or {}


def configuration_files(workflow: Any) -> list[Path]:
    """Return the configuration files in the order in which they change one another.

    `workflow.configfiles` and `workflow.overwrite_configfiles` (9.27), for the same reason.

    Returns
    -------
    list of Path
        The strongest last.
    """
    given = [Path(file) for file in workflow.overwrite_configfiles]
    # Files of the command line are in both lists, and first in the first one.
    own = [Path(file) for file in workflow.configfiles if Path(file) not in given]
    return list(dict.fromkeys([*own, *given]))


@guarded
def group_without_merging(failed: Callable[[Any], bool]) -> None:
    """Keep groups of scans as `group-components` made them, and do not retry a group with a faulty scan.

    Snakemake (issues 1217 and 1628, open; seen in 9.27) merges groups again at each update of the plan, until one SLURM
    job holds all scans. A faulty scan would be found faulty again by a retry; what its group has finished stays.

    Parameters
    ----------
    failed : callable
        Returns whether the scan of a job is faulty.
    """
    from snakemake.jobs import GroupJob, GroupJobFactory

    class ScansOfOneJob(GroupJob):
        """A group that is not retried once one of its scans was found faulty."""

        __slots__ = ()

        @property
        def restart_times(self) -> int:
            return 0 if any(failed(job) for job in self.jobs) else super().restart_times

    def fresh_group(factory: GroupJobFactory, groupid: str, jobs: Sequence[Any], resources: Any) -> GroupJob:
        return ScansOfOneJob(groupid, frozenset(jobs), resources)

    GroupJobFactory.new = fresh_group  # type: ignore[method-assign]


@guarded
def keep_going(workflow: Any) -> None:
    """Set `--keep-going` for the running workflow, so that one faulty scan does not stop the others.

    `workflow.scheduler.keepgoing` (9.27): `--keep-going` cannot be set from a workflow.
    """
    workflow.scheduler.keepgoing = True


@guarded
def drop_default_rate_limit(workflow: Any) -> None:
    """Remove Snakemake's default limit of 100 started jobs per second.

    With a limit, Snakemake (9.27; `--max-jobs-per-timespan` raises the number and keeps the limiter) wakes up once a
    second for every finished job, each time to look at all that waits: beyond some hundred jobs that costs more than
    the jobs.
    """
    limit = workflow.scheduler.job_rate_limiter
    if limit and (limit.max_jobs, limit.timespan) == (100, 1):
        workflow.scheduler.job_rate_limiter = None


def declared_files(workflow: Any) -> set[str]:
    """Return outputs, logs and benchmark files of all jobs of the plan, those that did not have to run included.

    `workflow.dag.jobs` (9.27): handlers are not given the plan.
    """
    return {str(file) for job in workflow.dag.jobs for file in job.products()}


def made_files(folder: Path) -> set[str]:
    """Return the outputs that Snakemake has a record of in the folder of a run.

    `.snakemake/metadata` (9.27): files are named after the output in Base64, long names in parts of `@` folders.

    Parameters
    ----------
    folder : Path
        Folder of a run.

    Returns
    -------
    set of str
        Paths as rules name them.
    """
    place, found = folder / ".snakemake" / "metadata", set()
    for path in filter(Path.is_file, place.rglob("*")):
        name = "".join(part.removeprefix("@") for part in path.relative_to(place).parts)
        with contextlib.suppress(ValueError):  # no name of a record
            found.add(base64.b64decode(name, validate=True).decode())
    return found


def planning_command(workflow: Any) -> tuple[list[str], Path]:
    """Return the command of this run without targets, and without options that force jobs or cut the plan.

    `workflow.dag_settings.targets` and `workflow.rundir` (9.27): targets are words among the options.

    Returns
    -------
    words : list of str
        Program and arguments.
    folder : Path
        Folder in which it was typed.
    """
    dropped = set(workflow.dag_settings.targets) | {"--forceall", "-F", "--force", "-f"}
    kept, with_names = [], False  # names of rules or files follow these options
    for word in sys.orig_argv[1:]:
        option = word.partition("=")[0]
        with_names = option in ("--forcerun", "-R", "--until", "-U", "--omit-from", "-O") or (
            with_names and not word.startswith("-")
        )
        if not with_names and word not in dropped:
            kept.append(word)
    return [sys.executable, *kept], Path(workflow.rundir)


def restartable(workflow: Any) -> bool:
    """Return whether a failed run may be started again by itself: not interrupted, typed as a command, nothing forced.

    `scheduler.running`, `open_jobs` and `_user_kill`, `workflow.dag_settings` (9.27): an `onerror` handler gets
    no reason of the failure.
    """
    scheduler, forced = workflow.scheduler, workflow.dag_settings
    interrupted = scheduler.running or scheduler.open_jobs or scheduler._user_kill
    typed = "snakemake" in Path(sys.argv[0]).parts
    return known_version() and not interrupted and typed and not forced.forceall and not forced.forcerun


def restart(workflow: Any) -> None:
    """Start the same command again in place of this process.

    `workflow.persistence.unlock` and `workflow.rundir` (9.27): Snakemake holds the lock of its folder while `onerror`
    runs, and has no way to run a workflow again.
    """
    workflow.persistence.unlock()
    os.chdir(workflow.rundir)
    os.execv(sys.executable, [sys.executable, *sys.orig_argv[1:]])
