from importlib.metadata import version
from types import SimpleNamespace

import pytest

from adrepro.core import slurm_internals, snakemake_internals
from adrepro.core.slurm_internals import SlurmRun, slurm_run

pytest.importorskip("snakemake_executor_plugin_slurm")


class Executor:
    """Attributes of the plugin's executor that `SlurmRun` changes."""

    def report_job_error(self, info, msg): ...

    def report_job_success(self, info): ...


def test_on_an_unknown_version_of_the_plugin_there_is_no_watchdog(monkeypatch):
    executor = type("Executor", (Executor,), {"__module__": "snakemake_executor_plugin_slurm"})()
    workflow = SimpleNamespace(scheduler=SimpleNamespace(_executor=executor, running=[]))
    assert isinstance(slurm_run(workflow), SlurmRun)
    for module in (slurm_internals, snakemake_internals):
        monkeypatch.setattr(module, "version", lambda name: "3.0" if "slurm" in name else version(name))
    with pytest.warns(UserWarning, match="no watchdog with snakemake-executor-plugin-slurm 3.0"):
        assert slurm_run(workflow) is None


def test_other_executors_have_no_watchdog():
    assert slurm_run(SimpleNamespace(scheduler=SimpleNamespace(_executor=Executor(), running=[]))) is None
