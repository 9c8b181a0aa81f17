"""Uses of undocumented objects of Snakemake and of its SLURM executor plugin, all in this file.

Each function names the upstream issue or the reason, and the versions it was seen with. On another version it does
nothing, with a warning, where the study can run without it.
"""

import os
import sys
import threading
import warnings
from collections.abc import Callable, Sequence
from functools import wraps
from importlib.metadata import version
from pathlib import Path
from typing import Any

from packaging.version import Version

SEEN = ("9.27", "10")  # from this version, to below that one
SLURM_PLUGIN = "snakemake-executor-plugin-slurm"
SLURM_SEEN = ("2.4", "2.9")


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


class SlurmRun:
    """Workflow on SLURM: jobs that Snakemake waits for, and jobs that the plugin polls.

    The plugin (2.4 to 2.8) drops the jobs that it polls when the controller does not answer, polls a job in an unknown
    state (`CANCELLED by 0`) forever, and does not report a failed submission. It offers no hook, and a subclass in a
    plugin of one's own would change the name of the executor and the prefix of its options in every profile.

    Parameters
    ----------
    scheduler, executor
        Of a running workflow (`workflow.scheduler`, `workflow.scheduler._executor`; 9.27). From the plugin's base class
        come `active_jobs`, `lock`, `report_job_success` and `report_job_error`, from the plugin `run_uuid` and
        `_job_submission_executor`.
    """

    def __init__(self, scheduler: Any, executor: Any) -> None:
        self._scheduler, self._executor = scheduler, executor
        self._guard = threading.Lock()
        self.ended: set[str | None] = set()
        """Ids of the SLURM jobs whose end was reported."""
        # The plugin and the watchdog may both report an end: the first report counts.
        executor.report_job_success = self._once(executor.report_job_success)
        executor.report_job_error = self._once(executor.report_job_error)

    @property
    def name(self) -> str:
        """Return the name of all SLURM jobs of this run."""
        return self._executor.run_uuid

    def expected_jobs(self) -> list[Any]:
        """Return the jobs of Snakemake that were handed to SLURM and have not ended."""
        return [job for job in self._scheduler.running if not job.is_local]

    def polled_jobs(self) -> list[Any]:
        """Return the submitted jobs (`SubmittedJobInfo`) that the plugin polls."""
        return list(self._executor.active_jobs)

    def submitting(self) -> bool:
        """Return whether submissions wait for their turn."""
        return self._executor._job_submission_executor._work_queue.qsize() > 0

    def poll_again(self, info: Any) -> None:
        """Add a submitted job to those that the plugin polls.

        Parameters
        ----------
        info : SubmittedJobInfo
            Job as the plugin describes it.
        """
        with self._executor.lock:
            if info not in self._executor.active_jobs:
                self._executor.active_jobs.append(info)

    def report_failure(self, info: Any, message: str) -> None:
        """Report a submitted job as failed, and stop polling it.

        Parameters
        ----------
        info : SubmittedJobInfo
            Job as the plugin describes it.
        message : str
            Reason for the console and the log.
        """
        with self._executor.lock:
            if info in self._executor.active_jobs:
                self._executor.active_jobs.remove(info)
        self._executor.report_job_error(info, msg=message)

    def _once(self, report: Callable[..., None]) -> Callable[..., None]:
        def report_once(info: Any, *arguments: Any, **keywords: Any) -> None:
            with self._guard:
                again = info.external_jobid is not None and info.external_jobid in self.ended
                self.ended.add(info.external_jobid)
            if not again:
                report(info, *arguments, **keywords)

        return report_once


def slurm_run(workflow: Any) -> SlurmRun | None:
    """Return the run on SLURM of a workflow, or None where jobs go elsewhere or the plugin's version is unknown."""
    executor = workflow.scheduler._executor
    if type(executor).__module__.split(".")[0] != SLURM_PLUGIN.replace("-", "_"):
        return None
    if not (known_version() and known_version(SLURM_PLUGIN, SLURM_SEEN)):
        warnings.warn(f"no watchdog with {SLURM_PLUGIN} {version(SLURM_PLUGIN)}", stacklevel=2)
        return None
    return SlurmRun(workflow.scheduler, executor)
