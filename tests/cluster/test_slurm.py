"""The profile on a real SLURM: what ends well, what a cluster kills, and the same tables as at home."""

import contextlib
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import pandas as pd
import pytest
import sandbox

import tiny

WHY = sandbox.reason_to_skip()
pytestmark = pytest.mark.skipif(bool(WHY), reason=WHY)
TOY = Path(__file__).parent / "toy" / "Snakefile"
FAST = ("--slurm-init-seconds-before-status-checks", "5")


@pytest.fixture(scope="module")
def slurm():
    # Not in pytest's folder: munge wants a path that everyone may enter.
    with tempfile.TemporaryDirectory(prefix="slurm-") as folder, sandbox.a_slurm(Path(folder)) as cluster:
        yield cluster


def start(words, log):
    """Start a command in the repository; its output goes to `log`."""
    with open(log, "w") as out:
        return subprocess.Popen(
            list(map(str, words)), cwd=tiny.REPOSITORY, env=tiny.environment(), stdout=out, stderr=out
        )


def toy(folder, *targets, nap=0):
    words = [sys.executable, "-m", "snakemake", *targets, "--snakefile", TOY, "--directory", folder, "--config"]
    return [*words, f"nap={nap}", "--workflow-profile", "workflow/profiles/slurm", *FAST]


def wait_until(ready, seconds):
    end = time.monotonic() + seconds
    while not ready():
        assert time.monotonic() < end, f"not within {seconds} s"
        time.sleep(0.5)


def jobs(slurm):
    """Ids of running jobs, with the node of each."""
    rows = (line.split() for line in slurm.ask("squeue", "-h", "-t", "R", "-o", "%A %N %k").splitlines())
    return {row[0]: row[1:] for row in rows}


def test_jobs_run_once_and_those_over_a_limit_again_with_more(slurm, tmp_path):
    assert start(toy(tmp_path), tmp_path / "log").wait(900) == 0, (tmp_path / "log").read_text()[-3000:]
    ran = (tmp_path / "ran.txt").read_text().split()
    assert sorted(ran) == sorted(["quick-0", "quick-1", "quick-2", "gpu", "slow", "slow", "hungry", "hungry"])
    assert (tmp_path / "gpu.txt").read_text().strip() in ("0", "1")
    told = (tmp_path / "log").read_text()
    assert "rule slow" in told and "TIMEOUT" in told and "Traceback" not in told


@pytest.mark.long
def test_a_controller_that_is_away_for_a_while_is_waited_for(slurm, tmp_path):
    main = start(toy(tmp_path, "quick-0.txt", "quick-1.txt", nap=20), tmp_path / "log")
    wait_until(lambda: len(jobs(slurm)) == 2, 120)
    slurm.kill("slurmctld")
    time.sleep(45)
    slurm.start_controller()
    assert main.wait(900) == 0, (tmp_path / "log").read_text()[-3000:]
    assert sorted((tmp_path / "ran.txt").read_text().split()) == ["quick-0", "quick-1"]


@pytest.mark.long
def test_a_second_run_waits_for_the_jobs_of_one_that_was_killed(slurm, tmp_path, undisturbed):
    """Snakemake is killed with a SLURM job on its way: the same command says which, and goes on when it is gone."""
    run = tmp_path / "run"
    for kept in ("results", "resources", "logs", "benchmarks"):
        shutil.copytree(undisturbed[1] / kept, run / kept)
    force = ("--rerun-triggers", "mtime", "--forcerun", "regional_features")
    words = tiny.command(undisturbed[0], run, "slurm", *FAST, *force)

    def queued():
        rows = (line.split(maxsplit=1) for line in slurm.ask("squeue", "-h", "-o", "%A %k").splitlines())
        return [job for job, rule in rows if "regional_features" in rule]

    slurm.ask("scontrol", "update", "PartitionName=cpu", "State=DOWN")  # the job waits until it is canceled
    try:
        main = start(words, tmp_path / "log")
        wait_until(queued, 300)
        main.kill()
        main.wait()
        left = queued()
        assert start(words, tmp_path / "again").wait(300) == 1
    finally:
        slurm.ask("scancel", "--user=root")
        slurm.ask("scontrol", "update", "PartitionName=cpu", "State=UP")
    told = (tmp_path / "again").read_text()
    assert "was killed: its lock is removed" in told and all(job in told for job in left) and "Traceback" not in told


@pytest.mark.long
def test_a_scan_that_a_later_step_finds_faulty_leaves_without_its_group_running_again(slurm, tmp_path, undisturbed):
    sheet = tiny.make_real(*undisturbed, tmp_path)
    target = "results/cohort/included.tsv"
    words = tiny.command(sheet, tmp_path / "run", "slurm", *FAST, "--group-components", "check_input=100", "scans=4")
    main = start([*words[:3], target, *words[3:]], tmp_path / "log")
    wait_until(lambda: any("scans" in row[1] for row in jobs(slurm).values()), 600)
    lost = max((tmp_path / "images").rglob("sub-*_T1w.nii.gz"))  # inspected, and gone before its first step
    lost.unlink()
    assert main.wait(900) == 0, (tmp_path / "log").read_text()[-3000:]
    told = (tmp_path / "log").read_text()
    assert "Continuing without these scans." in told and "Trying to restart" not in told and "Traceback" not in told
    left, home = (pd.read_csv(run / target, sep="\t") for run in (tmp_path / "run", undisturbed[1]))
    assert set(home["participant_id"]) - set(left["participant_id"]) == {lost.name.split("_")[0]}


@pytest.mark.long
def test_a_study_with_a_cancelled_job_and_a_lost_node_gives_the_tables_of_home(slurm, tmp_path, undisturbed):
    sheet, home = undisturbed
    words = tiny.command(sheet, tmp_path / "run", "slurm", *FAST, "--group-components", "check_input=100", "scans=2")
    main = start(words, tmp_path / "log")
    try:
        wait_until(lambda: any("scans" in row[1] for row in jobs(slurm).values()), 600)
        time.sleep(15)
        job, (node, _) = next(iter(jobs(slurm).items()))
        slurm.kill(node)
        wait_until(lambda: "down" in " ".join(slurm.nodes()), 120)
        slurm.start_node(node)
        wait_until(lambda: any("train_cnn" in row[1] for row in jobs(slurm).values()), 900)
        slurm.ask("scancel", next(job for job, row in jobs(slurm).items() if "train_cnn" in row[1]))
        assert main.wait(900) == 0, (tmp_path / "log").read_text()[-3000:]
    finally:
        with contextlib.suppress(OSError):
            main.kill()
    # Four groups of two scans; SLURM itself queues a job anew whose node is lost.
    assert (tmp_path / "log").read_text().count("slurm_logs/group_scans") >= 4
    assert tiny.digests(tmp_path / "run") == tiny.digests(home)
