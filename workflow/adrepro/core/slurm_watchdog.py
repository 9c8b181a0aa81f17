"""Watchdog over the SLURM jobs of a run: jobs that the executor plugin lost are polled again or reported as failed."""

import contextlib
import sys
import threading
import time
from typing import Any

from snakemake_interface_executor_plugins.executors.base import SubmittedJobInfo

from adrepro.core.run_recovery import squeue
from adrepro.core.slurm_internals import SlurmRun, slurm_run

PATIENCE_SECONDS = 300  # above the longest time between two questions of the plugin, 180 s
NEVER_STARTS = {
    "PartitionTimeLimit": "requests more time than its partition allows",
    "PartitionNodeLimit": "requests more than the nodes of its partition have",
    "BadConstraints": "requests features that no node has",
    "PartitionDown": "waits for a partition that is down",
    "PartitionInactive": "waits for a partition that is inactive",
    "AssocGrpCPUMinutesLimit": "waits for an account that has used up its time",
    "DependencyNeverSatisfied": "waits for a job that failed",
}


class Watchdog(threading.Thread):
    """Thread that compares the jobs that Snakemake waits for with the queue of SLURM.

    Parameters
    ----------
    run : SlurmRun
        The running workflow.
    every, patience : float
        Seconds between two looks, and after how many a job that is not in the queue is reported as failed.
    """

    def __init__(self, run: SlurmRun, every: float = 20, patience: float = PATIENCE_SECONDS) -> None:
        super().__init__(daemon=True, name="slurm-watchdog")
        self.slurm, self.every, self.patience = run, every, patience
        self.known: dict[Any, SubmittedJobInfo] = {}
        self.gone_since: dict[Any, float] = {}
        self.warned: set[str] = set()

    def run(self) -> None:
        """Look again and again until the process ends."""
        while True:
            time.sleep(self.every)
            with contextlib.suppress(RuntimeError):  # a set of Snakemake's changed while it was read: look again later
                self.look(time.monotonic())

    def look(self, now: float) -> None:
        """Poll lost jobs again and report those gone for longer than `patience`; `now` in seconds.

        Parameters
        ----------
        now : float
            Time of a monotonic clock in seconds.
        """
        polled = self.slurm.polled_jobs()
        self.known.update((info.job, info) for info in polled)
        queue = queued_jobs(self.slurm.name)
        if queue is None:  # the controller does not answer: nothing is known
            return
        self._warn_of_jobs_that_cannot_start(queue)
        expected = self.slurm.expected_jobs()
        # After the report of an end, Snakemake may still wait for files.
        known = queue.keys() | {job_id for job_id in self.slurm.ended if job_id}
        gone = [job for job in expected if self._id(job) not in known and not self.slurm.submitting()]
        self.gone_since = {job: self.gone_since.get(job, now) for job in gone}
        for job, since in list(self.gone_since.items()):
            if now - since > self.patience:
                self._report_gone(job)
            elif now - since > self.patience / 4 and job in self.known and self.known[job] not in polled:
                self.slurm.poll_again(self.known[job])  # it may have ended well

    def _warn_of_jobs_that_cannot_start(self, queue: dict[str, str]) -> None:
        """Name, once, each job that SLURM will never start as it is."""
        for info in self.known.values():
            why = NEVER_STARTS.get(queue.get(info.external_jobid or "", ""))
            if why and info.external_jobid not in self.warned:
                self.warned.add(info.external_jobid)
                message = f"SLURM job {info.external_jobid} ({info.job}) {why} ({queue[info.external_jobid]})"
                remedy = "stop here, change resources or partition in the profile, and run again"
                print(f"{message}: {remedy}", file=sys.stderr)

    def _id(self, job: Any) -> str | None:
        return self.known[job].external_jobid if job in self.known else None

    def _report_gone(self, job: Any) -> None:
        info = self.known.pop(job, None) or SubmittedJobInfo(job)
        self.gone_since.pop(job)
        name = f"SLURM job {info.external_jobid}" if info.external_jobid else "a job that could not be submitted"
        message = f"{name} ({job}) is not in the queue and left no end state (canceled, lost, or never started). "
        print(message.strip(), file=sys.stderr, flush=True)
        self.slurm.report_failure(info, message)


def queued_jobs(run: str) -> dict[str, str] | None:
    """Return why each waiting or running job named `run` waits, by id, or None where the controller does not answer.

    Parameters
    ----------
    run : str
        Name of all SLURM jobs of a run.

    Returns
    -------
    dict of str to str or None
        Reason code of `squeue` by job id.
    """
    lines = squeue(f"--name={run}", "--format=%A %r")
    return None if lines is None else dict(line.split(maxsplit=1) for line in lines)


def watch(workflow: Any) -> None:
    """Start a watchdog where jobs go to SLURM.

    Parameters
    ----------
    workflow : snakemake.workflow.Workflow
        Workflow that is about to start jobs.
    """
    run = slurm_run(workflow)
    if run:
        Watchdog(run).start()
