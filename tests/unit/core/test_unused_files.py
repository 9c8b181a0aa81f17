import os

import pytest

from adrepro.core.errors import UserError
from adrepro.core.run_recovery import OWNER, begin_run
from adrepro.core.tables import read_table
from adrepro.core.unused_files import UNUSED, clean, note_unused, unused_files


@pytest.fixture
def run(tmp_path):
    """A run with two folds, of which one is used, and what is used."""
    for name in ("results/T/svm/fold-0/scores.tsv", "results/T/svm/fold-1/scores.tsv", "logs/T/svm/fold-1.log"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text("12345")
    (tmp_path / "cohort.tsv").write_text("of the user")
    return tmp_path, lambda path: "fold-0" in path


def test_files_that_nobody_asks_for_are_told_once(run):
    folder, used = run
    assert [str(path) for path in unused_files(folder, used)] == [
        "logs/T/svm/fold-1.log", "results/T/svm/fold-1/scores.tsv",
    ]  # fmt: skip
    told = note_unused(folder, used)
    assert told.startswith(
        "2 files (0.0 MB) belong to earlier settings and are not used: logs/T/svm, results/T/svm/fold-1"
    )
    assert read_table(folder / UNUSED)["bytes"].tolist() == ["5", "5"]
    assert note_unused(folder, used) == ""
    assert note_unused(folder, lambda path: True) == "" and read_table(folder / UNUSED).empty


def test_clean_lists_them_and_removes_them_with_empty_folders(run):
    folder, used = run
    note_unused(folder, used)
    listed = clean(folder, dry_run=True)
    assert f"{folder}/results/T/svm/fold-1/scores.tsv" in listed and "nothing was removed" in listed
    assert (folder / "results/T/svm/fold-1").exists()
    assert "2 files (0.0 MB) of earlier settings removed" in clean(folder, dry_run=False)
    assert not (folder / "results/T/svm/fold-1").exists() and not (folder / "logs").exists()
    assert (folder / "results/T/svm/fold-0/scores.tsv").exists() and (folder / "cohort.tsv").exists()


def test_files_that_were_made_since_are_kept(run):
    folder, used = run
    note_unused(folder, used)
    later = folder / "logs/T/svm/fold-1.log"
    os.utime(later, (later.stat().st_mtime + 100,) * 2)
    clean(folder, dry_run=False)
    assert later.exists() and not (folder / "results/T/svm/fold-1").exists()


def test_a_folder_without_a_finished_run_or_with_a_live_one_is_refused(run, monkeypatch):
    folder, used = run
    with pytest.raises(UserError, match=r"no results/unused.tsv.*run the study to its end first"):
        clean(folder, dry_run=True)
    note_unused(folder, used)
    monkeypatch.chdir(folder)
    begin_run()
    assert OWNER.exists()
    with pytest.raises(UserError, match="a run is at work there"):
        clean(folder, dry_run=False)
