"""A study that is killed and started again by the same command ends with the bytes of one that was not."""

import random
import subprocess

import pytest

import tiny


@pytest.mark.long
def test_a_killed_study_goes_on_to_the_same_tables(undisturbed, tmp_path):
    """Snakemake alone, the whole tree, and one step; `tests/performance/kills.py` does it at many more moments."""
    sheet, home = undisturbed
    words, log, hits = tiny.command(sheet, tmp_path / "run"), tmp_path / "log", []
    for after, what in ((12, "workflow"), (10, "tree"), (14, "step")):
        hits.append(tiny.run_and_kill(words, after, what, random.Random(after), log, at_work=True)[0])
    end = subprocess.run(words, cwd=tiny.REPOSITORY, env=tiny.environment(), capture_output=True, text=True)
    assert end.returncode == 0, end.stderr[-3000:]
    told = log.read_text()
    assert hits == ["workflow", "tree", "step"]
    assert "was killed: its lock is removed" in told and "Traceback" not in told + end.stderr
    assert tiny.digests(tmp_path / "run") == tiny.digests(home)
    assert not list((tmp_path / "run").rglob(".part-*"))


def test_two_runs_in_one_folder_are_refused(tmp_path):
    words, log = tiny.command(tiny.make_sheet(tmp_path), tmp_path / "run"), tmp_path / "log"
    with open(log, "w") as out:
        first = subprocess.Popen(words, cwd=tiny.REPOSITORY, env=tiny.environment(), stdout=out, stderr=out)
        while first.poll() is None and not (tmp_path / "run/.snakemake/adrepro_run.json").exists():
            pass
        second = subprocess.run(words, cwd=tiny.REPOSITORY, env=tiny.environment(), capture_output=True, text=True)
        first.terminate()
        first.wait()
    assert second.returncode != 0 and "cannot be locked" in second.stderr and "Traceback" not in second.stderr
