"""Uses of undocumented objects of Snakemake's SLURM executor plugin, all in this file."""

import threading
import warnings
from collections.abc import Callable
from importlib.metadata import version
from typing import Any

from adrepro.core.snakemake_internals import known_version

SLURM_PLUGIN = "snakemake-executor-plugin-slurm"
SLURM_SEEN = ("2.4", "2.9")  # from this version, to below that one


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
