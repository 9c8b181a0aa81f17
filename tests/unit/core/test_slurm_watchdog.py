import asyncio
import contextlib
import inspect
import logging
import threading
from types import SimpleNamespace
from unittest.mock import MagicMock

import pytest

from adrepro.core import slurm_watchdog
from adrepro.core.slurm_internals import SlurmRun
from adrepro.core.slurm_watchdog import Watchdog

plugin = pytest.importorskip("snakemake_executor_plugin_slurm")


class Job:
    is_local = False

    def __str__(self):
        return "align"


class Executor:
    """Attributes of the plugin's executor that `SlurmRun` reads."""

    run_uuid = "run"

    def __init__(self, *active):
        self.active_jobs, self.lock, self.failed = list(active), threading.Lock(), []
        self._job_submission_executor = SimpleNamespace(_work_queue=SimpleNamespace(qsize=lambda: 0))

    def report_job_error(self, info, msg):
        self.failed.append((info.external_jobid, msg))

    def report_job_success(self, info):
        self.failed.append((info.external_jobid, "success"))


@pytest.fixture
def watched(monkeypatch):
    """A watchdog over one job that Snakemake waits for, and a setter of what the queue holds."""
    job = Job()
    info = SimpleNamespace(job=job, external_jobid="7")
    executor = Executor(info)
    dog = Watchdog(SlurmRun(SimpleNamespace(running=[job]), executor), patience=300)
    in_queue = {"ids": {"7": "None"}}
    monkeypatch.setattr(slurm_watchdog, "queued_jobs", lambda run: in_queue["ids"])
    return dog, executor, info, in_queue


def test_a_job_in_the_queue_is_left_alone(watched):
    dog, executor, _, _ = watched
    for now in (0, 400, 800):
        dog.look(now)
    assert executor.failed == [] and len(executor.active_jobs) == 1


def test_a_job_that_the_plugin_forgot_is_given_back_to_it(watched):
    dog, executor, info, in_queue = watched
    dog.look(0)
    executor.active_jobs.clear()
    in_queue["ids"] = {}
    for now in (20, 60):  # a question of the plugin may take a while
        dog.look(now)
        assert executor.active_jobs == []
    dog.look(100)
    dog.look(120)
    assert executor.active_jobs == [info] and executor.failed == []


def test_an_end_is_told_once(watched):
    _, executor, info, _ = watched
    executor.report_job_success(info)
    executor.report_job_error(info, msg="again")
    assert executor.failed == [("7", "success")]


def test_a_job_that_is_gone_for_long_is_told_as_failed_once(watched, capsys):
    dog, executor, _, in_queue = watched
    dog.look(0)
    in_queue["ids"] = {}
    for now in (20, 200, 330):
        dog.look(now)
    dog.slurm.expected_jobs = list
    dog.look(700)
    assert [job for job, _ in executor.failed] == ["7"] and executor.active_jobs == []
    assert "not in the queue" in capsys.readouterr().err


def test_a_job_whose_end_was_told_is_not_missed(watched):
    dog, executor, info, in_queue = watched
    dog.look(0)
    executor.report_job_success(info)
    executor.active_jobs.clear()
    in_queue["ids"] = {}
    for now in (20, 400):
        dog.look(now)
    assert executor.failed == [("7", "success")]


def test_a_job_whose_submission_failed_is_told(watched):
    dog, executor, _, _ = watched
    executor.active_jobs.clear()
    for now in (0, 301):
        dog.look(now)
    assert [job for job, _ in executor.failed] == [None]


def test_while_the_controller_is_silent_nothing_is_decided(watched):
    dog, executor, _, in_queue = watched
    in_queue["ids"] = None
    for now in (0, 400, 800):
        dog.look(now)
    assert executor.failed == []


def test_a_job_that_can_never_start_is_named_once(watched, capsys):
    dog, _, _, in_queue = watched
    in_queue["ids"] = {"7": "PartitionTimeLimit"}
    for now in (0, 20):
        dog.look(now)
    assert capsys.readouterr().err.count("SLURM job 7 (align) requests more time than its partition allows") == 1


def test_without_a_slurm_the_queue_is_unknown(monkeypatch):
    monkeypatch.setenv("PATH", "/nowhere")
    assert slurm_watchdog.queued_jobs("run") is None


def test_the_parts_of_the_plugin_that_are_used_exist():
    source = inspect.getsource(plugin.Executor)
    for name in ("run_uuid", "_job_submission_executor", "report_job_success", "report_job_error", "active_jobs"):
        assert name in source, name


def polled_again(monkeypatch, info, status):
    """Return the jobs that the plugin goes on polling after an answer of SLURM."""

    async def answer(command, logger):
        return (None, None) if status is None else ({info.external_jobid: status}, 0.1)

    monkeypatch.setattr(plugin, "query_job_status", answer)
    monkeypatch.setattr(plugin, "get_min_job_age", lambda: 300)
    monkeypatch.setattr(plugin, "is_query_tool_available", lambda tool: False)
    executor = MagicMock(
        workflow=SimpleNamespace(
            executor_settings=SimpleNamespace(init_seconds_before_status_checks=1, status_attempts=2)
        ),
        logger=logging.getLogger("plugin"),
        status_rate_limiter=contextlib.AsyncExitStack(),
        run_uuid="run",
        next_seconds_between_status_checks=1,
        _status_query_min_seconds=None,
        _status_query_max_seconds=0,
        get_status_command=lambda: "squeue",
    )

    async def poll():
        return [left async for left in plugin.Executor.check_active_jobs(executor, [info])]

    return asyncio.run(poll())


def test_the_plugin_still_drops_jobs_while_the_controller_is_silent(monkeypatch):
    """While this holds, the watchdog is needed: jobs whose state is unknown are not polled again."""
    info = SimpleNamespace(job=Job(), external_jobid="7", aux={})
    assert polled_again(monkeypatch, info, status=None) == []


def test_the_plugin_still_polls_for_ever_a_cancelled_job(monkeypatch):
    """While this holds, the watchdog is needed: `CANCELLED by 0` is no end for the plugin."""
    info = SimpleNamespace(job=Job(), external_jobid="7", aux={})
    assert polled_again(monkeypatch, info, status="CANCELLED by 0") == [info]
