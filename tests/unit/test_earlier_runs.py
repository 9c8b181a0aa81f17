import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

from adrepro import earlier_runs
from adrepro.errors import UserError
from adrepro.files import read_json, write_json


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """A run's folder with a lock in it."""
    monkeypatch.chdir(tmp_path)
    earlier_runs.LOCKS.mkdir(parents=True)
    (earlier_runs.LOCKS / "0.output.lock").write_text("results/a.tsv\n")
    return tmp_path


def test_the_lock_of_a_killed_run_is_taken_away(folder):
    killed = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"])
    earlier_runs.begin_run()
    owner = read_json(earlier_runs.OWNER)
    write_json(earlier_runs.OWNER, owner | {"pid": killed.pid, "begin": earlier_runs.begin_of(killed.pid)})
    assert earlier_runs.drop_dead_lock() == "" and list(earlier_runs.LOCKS.iterdir())
    killed.kill()
    killed.wait()
    assert "was killed" in earlier_runs.drop_dead_lock() and not list(earlier_runs.LOCKS.iterdir())


@pytest.mark.parametrize("change", [{"host": "another"}, {}])
def test_the_lock_of_another_machine_or_a_live_run_stays(folder, change):
    earlier_runs.begin_run()
    write_json(earlier_runs.OWNER, read_json(earlier_runs.OWNER) | change)
    assert earlier_runs.drop_dead_lock() == "" and list(earlier_runs.LOCKS.iterdir())


def test_a_process_id_that_was_given_anew_is_not_the_owner(folder):
    earlier_runs.begin_run()
    write_json(earlier_runs.OWNER, read_json(earlier_runs.OWNER) | {"begin": "1"})
    assert "was killed" in earlier_runs.drop_dead_lock()


def test_unfinished_files_go_with_the_run_and_finished_ones_stay(folder):
    kept, part = folder / "results/a/table.tsv", folder / "results/a/.part-x.tsv"
    kept.parent.mkdir(parents=True)
    kept.touch()
    part.touch()
    earlier_runs.begin_run()
    assert part.exists()
    earlier_runs.begin_run()  # the note of the first is still there: it was killed
    assert kept.exists() and not part.exists()
    earlier_runs.end_run()
    assert not earlier_runs.OWNER.exists()


def test_results_of_a_clock_that_is_ahead_are_dated_now(folder):
    late, old = folder / "results/a/late.tsv", folder / "results/old.tsv"
    for path, age in ((late, -3600), (old, 3600)):
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch()
        os.utime(path, (time.time() - age,) * 2)
    before = old.stat().st_mtime
    (folder / "results/link").symlink_to("nowhere")
    os.utime(folder / "results/link", (time.time() + 3600,) * 2, follow_symlinks=False)
    assert earlier_runs.date_back().endswith("are dated now: 2 files.")
    assert late.stat().st_mtime <= time.time() and old.stat().st_mtime == before
    assert earlier_runs.date_back() == ""


def test_a_full_disk_is_refused_at_once(disk, monkeypatch):
    monkeypatch.chdir(disk[0])
    earlier_runs.refuse_full_disk()
    with pytest.raises(OSError), open("filled", "wb", buffering=0) as filled:
        while True:
            filled.write(bytes(1024))
    with pytest.raises(UserError, match="No space left on device; check"):
        earlier_runs.refuse_full_disk()


def test_jobs_that_still_run_here_are_refused_by_their_ids(folder, tmp_path, monkeypatch):
    squeue = tmp_path / "bin" / "squeue"
    squeue.parent.mkdir()
    rows = f"12|rule_align_wildcards_sub-01|{Path.cwd()}\n13|rule_align|/elsewhere\n14|my own|{Path.cwd()}\n"
    squeue.write_text(f"#!/bin/sh\nprintf '{rows}'\n")
    squeue.chmod(0o755)
    monkeypatch.setenv("PATH", f"{squeue.parent}:{os.environ['PATH']}")
    assert earlier_runs.live_jobs() == ["12"]
    with pytest.raises(UserError, match="scancel 12"):
        earlier_runs.refuse_live_jobs()
