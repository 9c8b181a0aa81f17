import threading
from types import SimpleNamespace

import pytest

from adrepro.core import slurm_watchdog
from adrepro.core.slurm_watchdog import Watchdog

pytest.importorskip("snakemake_executor_plugin_slurm")


class Job:
    is_local = False

    def __str__(self):
        return "align"


class Executor:
    """What the watchdog sees of the plugin's executor."""

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
    dog = Watchdog(SimpleNamespace(running=[job]), executor, patience=300)
    in_queue = {"ids": {"7": "None"}}
    monkeypatch.setattr(slurm_watchdog, "alive", lambda run: in_queue["ids"])
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
    dog.scheduler.running.clear()
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
    assert capsys.readouterr().err.count("SLURM job 7 (align) asks for more time than its partition gives") == 1


def test_without_a_slurm_the_queue_is_unknown(monkeypatch):
    monkeypatch.setenv("PATH", "/nowhere")
    assert slurm_watchdog.alive("run") is None
