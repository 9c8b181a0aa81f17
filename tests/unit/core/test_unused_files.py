import os

import pytest

from adrepro.core.errors import UserError
from adrepro.core.files import read_json, write_json
from adrepro.core.run_recovery import OWNER, begin_run
from adrepro.core.unused_files import UNUSED, clean, forget_other_settings, note_unused, unused_files

SCORES = [f"results/T/svm/fold-{fold}/scores.tsv" for fold in (0, 1)]
LOG = "logs/T/svm/fold-1.log"
OWN = ["cohort.tsv", "results/T/svm/fold-1/my_notes.tsv", "logs/nohup.out", "reports/comparison_v1.html"]


def used(path):
    return "fold-0" in path


@pytest.fixture
def folder(tmp_path):
    """A run with two folds, of which one is used, and files of the user's own."""
    for name in (*SCORES, LOG, *OWN):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text("12345")
    return tmp_path


def test_files_that_nobody_asks_for_are_told_once(folder):
    assert unused_files(folder, [*SCORES, "/elsewhere/a.tsv"], used) == [LOG, SCORES[1]]
    told = note_unused(folder, SCORES, used, "one")
    assert told.startswith(
        "2 files (0.0 MB) belong to earlier settings and are not used: logs/T/svm, results/T/svm/fold-1"
    )
    assert read_json(folder / UNUSED) == {"settings": "one", "files": {LOG: 5, SCORES[1]: 5}}
    assert note_unused(folder, SCORES, used, "one") == ""
    assert note_unused(folder, SCORES, lambda path: True, "one") == "" and not read_json(folder / UNUSED)["files"]


def test_a_checkpoint_of_a_model_that_nobody_asks_for_is_one_of_them(folder):
    (folder / "results/checkpoints/T/old").mkdir(parents=True)
    (folder / "results/checkpoints/T/old/fold-1.pt").write_text("state")
    assert "results/checkpoints/T/old/fold-1.pt" in unused_files(folder, [], used)


def test_clean_lists_them_and_removes_them_with_empty_folders(folder):
    note_unused(folder, SCORES, used, "one")
    listed = clean(folder, dry_run=True)
    assert str(folder / SCORES[1]) in listed and "nothing was removed" in listed and (folder / SCORES[1]).exists()
    assert "2 files (0.0 MB) of earlier settings removed" in clean(folder, dry_run=False)
    assert not (folder / SCORES[1]).exists() and not (folder / LOG).parent.exists()
    assert (folder / SCORES[0]).exists() and all((folder / name).exists() for name in OWN)
    assert "0 files" in clean(folder, dry_run=False)


def test_files_that_were_made_since_are_kept_and_not_counted(folder):
    note_unused(folder, SCORES, used, "one")
    later = folder / LOG
    os.utime(later, (later.stat().st_mtime + 100,) * 2)
    assert "1 file (0.0 MB)" in clean(folder, dry_run=False)
    assert later.exists() and not (folder / SCORES[1]).exists()


def test_a_list_of_other_settings_is_not_used(folder):
    with pytest.raises(UserError, match="run the study to its end with its present settings"):
        clean(folder, dry_run=True)
    note_unused(folder, SCORES, used, "one")
    forget_other_settings(folder, "one")
    clean(folder, dry_run=True)
    forget_other_settings(folder, "two")
    with pytest.raises(UserError, match="run the study to its end with its present settings"):
        clean(folder, dry_run=False)
    assert (folder / SCORES[1]).exists() and note_unused(folder, SCORES, used, "two") == ""  # told before


def test_a_live_run_and_one_of_another_machine_are_refused(folder, monkeypatch):
    note_unused(folder, SCORES, used, "one")
    monkeypatch.chdir(folder)
    begin_run()
    with pytest.raises(UserError, match="a run is at work there"):
        clean(folder, dry_run=False)
    write_json(folder / OWNER, {"host": "elsewhere", "pid": 1, "begin": "1"})
    with pytest.raises(UserError, match="a run of the machine elsewhere is at work there, or was killed"):
        clean(folder, dry_run=False)
