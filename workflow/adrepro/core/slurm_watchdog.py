"""Watches over the watching of SLURM jobs: what the executor plugin loses sight of is found again, or told as failed.

The plugin (2.4 to 2.8) forgets its jobs when the controller does not answer for a while, waits for ever for a job that
ended in a state that it does not know, and for one whose submission raised an error.
"""

import contextlib
import sys
import threading
import time
from collections.abc import Callable
from typing import Any

from snakemake_interface_executor_plugins.executors.base import SubmittedJobInfo

from adrepro.core.run_recovery import squeue

PATIENCE_SECONDS = 300  # above the longest time between two questions of the plugin, 180 s
HOPELESS = {
    "PartitionTimeLimit": "asks for more time than its partition gives",
    "PartitionNodeLimit": "asks for more than the nodes of its partition have",
    "BadConstraints": "asks for what no node has",
    "PartitionDown": "waits for a partition that is down",
    "PartitionInactive": "waits for a partition that is inactive",
    "AssocGrpCPUMinutesLimit": "waits for an account that has used up its time",
    "DependencyNeverSatisfied": "waits for a job that failed",
}


class Watchdog(threading.Thread):
    """Looks every `every` seconds for jobs that Snakemake waits for and SLURM knows nothing of.

    Parameters
    ----------
    scheduler, executor
        Of the running workflow: `scheduler.running` holds what is waited for, `executor.active_jobs` what is watched.
    every, patience : float
        Seconds between two looks, and after how many a job that is gone is told as failed.
    """

    def __init__(self, scheduler: Any, executor: Any, every: float = 20, patience: float = PATIENCE_SECONDS) -> None:
        super().__init__(daemon=True, name="slurm-watchdog")
        self.scheduler, self.executor, self.every, self.patience = scheduler, executor, every, patience
        self.known: dict[Any, SubmittedJobInfo] = {}
        self.gone_since: dict[Any, float] = {}
        self.told: set[str] = set()
        self.ended: set[str | None] = set()
        self.guard = threading.Lock()
        # The plugin and the watchdog may both come to tell an end: each is told once.
        executor.report_job_success = self._once(executor.report_job_success)
        executor.report_job_error = self._once(executor.report_job_error)

    def run(self) -> None:
        while True:
            time.sleep(self.every)
            with contextlib.suppress(RuntimeError):  # a set of Snakemake's changed while it was read: look again later
                self.look(time.monotonic())

    def look(self, now: float) -> None:
        """One look at what is waited for; `now` in seconds."""
        watched = list(self.executor.active_jobs)
        self.known.update((info.job, info) for info in watched)
        queue = alive(self.executor.run_uuid)
        if queue is None:  # the controller does not answer: nothing is known
            return
        self._tell_hopeless(queue)
        waiting = list(self.scheduler.running)
        # A job whose end was told is Snakemake's affair, which may wait for its files.
        known = queue.keys() | {job_id for job_id in self.ended if job_id}
        gone = [job for job in waiting if self._id(job) not in known and not job.is_local and not self._queued()]
        self.gone_since = {job: self.gone_since.get(job, now) for job in gone}
        for job, since in list(self.gone_since.items()):
            if now - since > self.patience:
                self._give_up(job)
            elif now - since > self.patience / 4 and job in self.known and self.known[job] not in watched:
                with self.executor.lock:  # forgotten: let the plugin ask for it again, the job may have ended well
                    if self.known[job] not in self.executor.active_jobs:
                        self.executor.active_jobs.append(self.known[job])

    def _once(self, report: Callable[..., None]) -> Callable[..., None]:
        def tell(info: SubmittedJobInfo, *words: Any, **more: Any) -> None:
            with self.guard:
                again = info.external_jobid is not None and info.external_jobid in self.ended
                self.ended.add(info.external_jobid)
            if not again:
                report(info, *words, **more)

        return tell

    def _tell_hopeless(self, queue: dict[str, str]) -> None:
        """Name, once, each job that SLURM will never start as it is."""
        for info in self.known.values():
            why = HOPELESS.get(queue.get(info.external_jobid or "", ""))
            if why and info.external_jobid not in self.told:
                self.told.add(info.external_jobid)
                told = f"SLURM job {info.external_jobid} ({info.job}) {why} ({queue[info.external_jobid]})"
                print(
                    f"{told}: stop here, change resources or partition in the profile, and run again", file=sys.stderr
                )

    def _id(self, job: Any) -> str | None:
        return self.known[job].external_jobid if job in self.known else None

    def _queued(self) -> bool:
        """Whether submissions wait for their turn."""
        return self.executor._job_submission_executor._work_queue.qsize() > 0

    def _give_up(self, job: Any) -> None:
        info = self.known.pop(job, None) or SubmittedJobInfo(job)
        with self.executor.lock:
            if info in self.executor.active_jobs:
                self.executor.active_jobs.remove(info)
        self.gone_since.pop(job)
        name = f"SLURM job {info.external_jobid}" if info.external_jobid else "a job that could not be submitted"
        told = f"{name} ({job}) is not in the queue and did not say how it ended (cancelled, lost, or never started). "
        print(told.strip(), file=sys.stderr, flush=True)
        self.executor.report_job_error(info, msg=told)


def alive(run: str) -> dict[str, str] | None:
    """Jobs named `run` that wait or run, each with why it waits, or None where the controller does not answer."""
    lines = squeue(f"--name={run}", "--format=%A %r")
    return None if lines is None else dict(line.split(maxsplit=1) for line in lines)


def watch(scheduler: Any) -> None:
    """Start a watchdog where jobs go to SLURM."""
    executor = scheduler._executor
    if type(executor).__module__.split(".")[0] == "snakemake_executor_plugin_slurm":
        Watchdog(scheduler, executor).start()
