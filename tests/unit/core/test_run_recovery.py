import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

from adrepro.cli import main
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


@pytest.fixture
def dated(folder):
    """A result and a link that are dated in the future, and a result of an hour ago."""
    late, old = folder / "results/a/late.tsv", folder / "results/old.tsv"
    for path, age in ((late, -3600), (old, 3600)):
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch()
        os.utime(path, (time.time() - age,) * 2)
    (folder / "results/link").symlink_to("nowhere")
    os.utime(folder / "results/link", (time.time() + 3600,) * 2, follow_symlinks=False)
    return late, old


def test_results_of_a_clock_that_is_ahead_are_dated_now(folder, dated):
    late, old = dated
    before = old.stat().st_mtime
    assert set(run_recovery.dated_in_future(folder)) == {late, folder / "results/link"}
    assert run_recovery.reset_dates(folder) == 2
    assert late.stat().st_mtime <= time.time() and old.stat().st_mtime == before
    assert os.lstat(folder / "results/link").st_mtime <= time.time()
    assert run_recovery.reset_dates(folder) == 0


def test_results_of_a_clock_that_is_ahead_are_refused_and_not_changed(folder, dated):
    late, _ = dated
    before = late.stat().st_mtime
    with pytest.raises(UserError, match="2 results in .* are dated in the future .*`adrepro reset-dates`"):
        run_recovery.refuse_future_results()
    assert late.stat().st_mtime == before
    run_recovery.reset_dates(folder)
    run_recovery.refuse_future_results()


def test_a_small_difference_of_clocks_and_a_folder_without_results_are_accepted(folder):
    assert run_recovery.reset_dates(folder) == 0
    run_recovery.refuse_future_results()
    path = folder / "results/a.tsv"
    path.parent.mkdir()
    path.touch()
    os.utime(path, (time.time() + run_recovery.SKEW_SECONDS / 2,) * 2)
    run_recovery.refuse_future_results()


def test_the_command_dates_results_of_another_folder(folder, dated, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir("/")
    monkeypatch.setattr("sys.argv", ["adrepro", "reset-dates", str(folder)])
    main()
    assert capsys.readouterr().out.startswith(f"{folder}: 2 results")
    assert run_recovery.dated_in_future(folder) == []


@pytest.mark.parametrize("name", run_recovery.EARLIER_NAMES)
def test_results_of_an_earlier_version_are_refused_in_words(folder, name):
    run_recovery.refuse_earlier_layout()
    path = folder / "results" / name
    path.parent.mkdir(parents=True)
    path.touch()
    with pytest.raises(UserError, match=f"{folder}: results of an earlier version.*choose another --directory"):
        run_recovery.refuse_earlier_layout()
    assert path.exists()


def test_results_of_this_version_are_accepted(folder):
    for name in ("cohort/readable.tsv", "cohort/included.tsv"):
        (folder / "results" / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / "results" / name).touch()
    run_recovery.refuse_earlier_layout()


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
