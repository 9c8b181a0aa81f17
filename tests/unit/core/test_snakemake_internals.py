"""Each use of an undocumented part of Snakemake: it exists, it works, and it is still needed."""

import inspect
import re
from pathlib import Path
from types import SimpleNamespace

import pytest
import snakemake.api  # noqa: F401 (the others import each other in a circle)
from snakemake.cli import get_argument_parser
from snakemake.jobs import GroupJob, GroupJobFactory
from snakemake.scheduling.job_scheduler import JobScheduler
from snakemake.settings.types import DAGSettings
from snakemake.workflow import Workflow

from adrepro.core import snakemake_internals as internals

PACKAGE = Path(internals.__file__).parents[1]


def test_internals_are_used_in_two_files_alone():
    """Attributes of running objects of Snakemake, by their names."""
    pattern = re.compile(
        r"workflow\.(scheduler|persistence|config_settings|overwrite_configfiles|configfiles|dag_settings|rundir|dag|rules)\b"
        r"|\._executor\b|job_rate_limiter|GroupJobFactory|_user_kill|keepgoing|run_uuid|active_jobs|_work_queue"
    )
    places = [*PACKAGE.rglob("*.py"), *(PACKAGE.parent / "rules").glob("*.smk"), PACKAGE.parent / "Snakefile"]
    users = {path.name for path in places if pattern.search(path.read_text())}
    assert users == {"snakemake_internals.py", "slurm_internals.py"}


def test_the_parts_that_are_used_exist():
    scheduler = inspect.getsource(JobScheduler)
    for name in ("_executor", "job_rate_limiter", "keepgoing", "_user_kill", "running", "open_jobs"):
        assert re.search(rf"\b{name}\b", scheduler), name
    workflow = inspect.getsource(Workflow)
    for name in (
        "overwrite_configfiles",
        "configfiles",
        "config_settings",
        "persistence",
        "dag_settings",
        "rundir",
        "dag",
        "rules",
    ):
        assert re.search(rf"\b{name}\b", workflow), name
    assert {"forceall", "forcerun"} <= set(inspect.signature(DAGSettings).parameters)


class Job:
    def __init__(self, name):
        self.name, self.groupid, self.restart_times = name, None, 3
        self.dag = SimpleNamespace(workflow=SimpleNamespace(execution_settings=SimpleNamespace(attempt=1)))

    def __repr__(self):
        return self.name


@pytest.fixture
def factory(monkeypatch):
    """Snakemake's own factory of groups, put back after the test."""
    monkeypatch.setattr(GroupJobFactory, "new", GroupJobFactory.new)
    return GroupJobFactory()


def test_snakemake_still_returns_a_group_that_it_has_merged(factory):
    """While this holds, `group_without_merging` is needed (issues 1217 and 1628)."""
    one, other = Job("one"), Job("other")
    first = factory.new("scans", [one], {})
    first.merge(GroupJob("scans", frozenset([other]), {}))
    again = factory.new("scans", [one], {})
    assert set(again.jobs) == {one, other}


def test_groups_hold_their_own_jobs_and_are_not_retried_with_a_faulty_scan(factory):
    internals.group_without_merging(lambda job: job.name == "faulty")
    one, other, faulty = Job("one"), Job("other"), Job("faulty")
    first = factory.new("scans", [one], {})
    first.merge(GroupJob("scans", frozenset([other]), {}))
    again = factory.new("scans", [one], {})
    assert set(again.jobs) == {one} and again.restart_times == 3
    assert factory.new("scans", [one, faulty], {}).restart_times == 0


def test_the_default_rate_limit_is_dropped_and_one_that_was_asked_for_stays():
    for limit, left in (((100, 1), None), ((10, 1), (10, 1))):
        limiter = SimpleNamespace(max_jobs=limit[0], timespan=limit[1])
        workflow = SimpleNamespace(scheduler=SimpleNamespace(job_rate_limiter=limiter))
        internals.drop_default_rate_limit(workflow)
        found = workflow.scheduler.job_rate_limiter
        assert (found and (found.max_jobs, found.timespan)) == left


def test_snakemake_still_has_a_default_rate_limit():
    """While this holds, `drop_default_rate_limit` is needed."""
    assert get_argument_parser().get_default("max_jobs_per_timespan") == "100/1s"


def test_a_run_goes_on_beside_a_failed_scan():
    workflow = SimpleNamespace(scheduler=SimpleNamespace(keepgoing=False))
    internals.keep_going(workflow)
    assert workflow.scheduler.keepgoing is True


def test_on_an_unknown_version_nothing_is_changed_and_that_is_told(monkeypatch):
    monkeypatch.setattr(internals, "version", lambda name: "10.1")
    workflow = SimpleNamespace(scheduler=SimpleNamespace(keepgoing=False))
    with pytest.warns(UserWarning, match="keep_going: not applied with Snakemake 10.1"):
        internals.keep_going(workflow)
    assert workflow.scheduler.keepgoing is False


@pytest.mark.parametrize(
    ("change", "restarts"),
    [({}, True), ({"running": ["job"]}, False), ({"_user_kill": "SIGINT"}, False), ({"forceall": True}, False)],
)
def test_a_run_restarts_after_a_fault_and_not_after_an_interruption(monkeypatch, change, restarts):
    monkeypatch.setattr("sys.argv", ["/env/bin/snakemake/__main__.py"])
    scheduler = {"running": [], "open_jobs": [], "_user_kill": None}
    forced = {"forceall": False, "forcerun": set()}
    scheduler |= {key: value for key, value in change.items() if key in scheduler}
    forced |= {key: value for key, value in change.items() if key in forced}
    workflow = SimpleNamespace(scheduler=SimpleNamespace(**scheduler), dag_settings=SimpleNamespace(**forced))
    assert internals.restartable(workflow) is restarts


def test_configuration_files_stand_in_the_order_of_their_say():
    workflow = SimpleNamespace(
        configfiles=["a.yaml", "b.yaml", "config.yaml"], overwrite_configfiles=["a.yaml", "b.yaml", "a.yaml"]
    )
    assert [path.name for path in internals.configuration_files(workflow)] == ["config.yaml", "a.yaml", "b.yaml"]
    workflow = SimpleNamespace(config_settings=SimpleNamespace(config=None))
    assert internals.command_line_config(workflow) == {}


def test_outputs_that_snakemake_has_a_record_of_are_known(tmp_path):
    import base64

    place = tmp_path / ".snakemake/metadata"
    name = base64.b64encode(b"results/a/" + b"x" * 300).decode()
    (place / f"@{name[:200]}").mkdir(parents=True)
    (place / f"@{name[:200]}" / name[200:]).write_text("{}")
    (place / base64.b64encode(b"results/b.tsv").decode()).write_text("{}")
    (place / "no record!").write_text("")
    assert internals.made_files(tmp_path) == {"results/b.tsv", f"results/a/{'x' * 300}"}


@pytest.mark.parametrize(
    ("words", "kept"),
    [
        (["--cores", "2", "partial_report"], ["--cores", "2"]),
        (["--forceall", "-R", "fit_classical", "leakage", "--cores", "2"], ["--cores", "2"]),
        (["--until", "fit_classical", "--configfile", "a.yaml"], ["--configfile", "a.yaml"]),
    ],
)
def test_the_command_that_plans_has_no_targets_and_forces_nothing(monkeypatch, tmp_path, words, kept):
    settings = SimpleNamespace(targets={"partial_report"})
    workflow = SimpleNamespace(dag_settings=settings, rundir=tmp_path)
    monkeypatch.setattr(internals.sys, "orig_argv", ["python", "-m", "snakemake", *words])
    found, folder = internals.planning_command(workflow)
    assert found[1:] == ["-m", "snakemake", *kept] and folder == tmp_path
