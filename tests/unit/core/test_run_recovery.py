import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

from adrepro.core import run_recovery
from adrepro.core.errors import UserError
from adrepro.core.files import read_json, write_json


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """A run's folder with a lock in it."""
    monkeypatch.chdir(tmp_path)
    run_recovery.LOCKS.mkdir(parents=True)
    (run_recovery.LOCKS / "0.output.lock").write_text("results/a.tsv\n")
    return tmp_path


def test_the_lock_of_a_killed_run_is_taken_away(folder):
    killed = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"])
    run_recovery.begin_run()
    owner = read_json(run_recovery.OWNER)
    write_json(run_recovery.OWNER, owner | {"pid": killed.pid, "begin": run_recovery.begin_of(killed.pid)})
    assert run_recovery.drop_dead_lock() == "" and list(run_recovery.LOCKS.iterdir())
    killed.kill()
    killed.wait()
    assert "was killed" in run_recovery.drop_dead_lock() and not list(run_recovery.LOCKS.iterdir())


@pytest.mark.parametrize("change", [{"host": "another"}, {}])
def test_the_lock_of_another_machine_or_a_live_run_stays(folder, change):
    run_recovery.begin_run()
    write_json(run_recovery.OWNER, read_json(run_recovery.OWNER) | change)
    assert run_recovery.drop_dead_lock() == "" and list(run_recovery.LOCKS.iterdir())


def test_a_process_id_that_was_given_anew_is_not_the_owner(folder):
    run_recovery.begin_run()
    write_json(run_recovery.OWNER, read_json(run_recovery.OWNER) | {"begin": "1"})
    assert "was killed" in run_recovery.drop_dead_lock()


def test_unfinished_files_go_with_the_run_and_finished_ones_stay(folder):
    kept, part = folder / "results/a/table.tsv", folder / "results/a/.part-x.tsv"
    kept.parent.mkdir(parents=True)
    kept.touch()
    part.touch()
    run_recovery.begin_run()
    assert part.exists()
    run_recovery.begin_run()  # the note of the first is still there: it was killed
    assert kept.exists() and not part.exists()
    run_recovery.end_run()
    assert not run_recovery.OWNER.exists()


def test_results_of_a_clock_that_is_ahead_are_dated_now(folder):
    late, old = folder / "results/a/late.tsv", folder / "results/old.tsv"
    for path, age in ((late, -3600), (old, 3600)):
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch()
        os.utime(path, (time.time() - age,) * 2)
    before = old.stat().st_mtime
    (folder / "results/link").symlink_to("nowhere")
    os.utime(folder / "results/link", (time.time() + 3600,) * 2, follow_symlinks=False)
    assert run_recovery.date_back().endswith("are dated now: 2 files.")
    assert late.stat().st_mtime <= time.time() and old.stat().st_mtime == before
    assert run_recovery.date_back() == ""


def test_a_full_disk_is_refused_at_once(disk, monkeypatch):
    monkeypatch.chdir(disk[0])
    run_recovery.refuse_full_disk()
    with pytest.raises(OSError), open("filled", "wb", buffering=0) as filled:
        while True:
            filled.write(bytes(1024))
    with pytest.raises(UserError, match="No space left on device; check"):
        run_recovery.refuse_full_disk()


def test_jobs_that_still_run_here_are_refused_by_their_ids(folder, tmp_path, monkeypatch):
    squeue = tmp_path / "bin" / "squeue"
    squeue.parent.mkdir()
    rows = f"12|rule_align_wildcards_sub-01|{Path.cwd()}\n13|rule_align|/elsewhere\n14|my own|{Path.cwd()}\n"
    squeue.write_text(f"#!/bin/sh\nprintf '{rows}'\n")
    squeue.chmod(0o755)
    monkeypatch.setenv("PATH", f"{squeue.parent}:{os.environ['PATH']}")
    assert run_recovery.live_jobs() == ["12"]
    with pytest.raises(UserError, match="scancel 12"):
        run_recovery.refuse_live_jobs()
