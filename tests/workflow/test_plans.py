"""What Snakemake plans to make again after a change of the configuration: the table of workflow/profiles/README.md."""

import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest
import yaml

import tiny

STATISTICS = {"compute_metrics": 1, "curves": 1, "subgroups": 1, "comparison_report": 1}
AFTER_MODELS = STATISTICS | {"leakage": 1, "weight_maps": 1}
SPLITS = {"draw_splits": 2, "splits": 1, "task_split": 1, "demographics": 1}
ONE_TASK = {"participant_flow": 1, "task_split": 1, "fit_classical": 2, "train_cnn": 2, **AFTER_MODELS}
MODELS = {"fit_classical": 2, "train_cnn": 2, **AFTER_MODELS}
AGAIN = {"positive": "AD", "negative": "CN"}
# Changes and the jobs that they plan. The study has one SVM, one network, two folds and eight scans.
CHANGES = {
    "nothing": ({}, {}),
    "another task": ({"tasks": {"again": AGAIN}}, ONE_TASK),
    "a task of another name": ({"tasks": {"AD_vs_CN": None, "AD_CN": AGAIN}}, ONE_TASK),
    "another approach": (
        {"approaches": {"lr": {"kind": "logistic_regional"}}},
        {"fit_classical": 2, **AFTER_MODELS},
    ),
    "an approach less": (
        {"approaches": {"cnn_roi": None}},
        STATISTICS | {"leakage": 1},
    ),
    "a setting of one approach": (
        {"approaches": {"svm_regional": {"standardize": False}}},
        {"fit_classical": 2, **AFTER_MODELS},
    ),
    "tasks of an approach named": ({"approaches": {"svm_regional": {"tasks": ["AD_vs_CN"]}}}, {"comparison_report": 1}),
    "folds": ({"splits": {"folds": 3}}, SPLITS | {"fit_classical": 3, "train_cnn": 3, **AFTER_MODELS}),
    "size of the test set": ({"splits": {"test_per_label": 2}}, SPLITS | MODELS),
    "leakage": ({"leakage": {"false_alarms": 0.02}}, {"image_leakage": 1, "task_split": 1, **MODELS}),
    "leakage allowed": ({"allow_leak": True}, {"task_split": 1, **MODELS}),
    "bootstrap": ({"bootstrap": {"replicates": 100}}, STATISTICS),
    "threshold of QC warnings": ({"quality": {"warn_z": 4}}, {"qc_report": 1, "comparison_report": 1}),
    "font": ({"report": {"font_size": 10}}, {"comparison_report": 1}),
}


@pytest.fixture
def planned(undisturbed, tmp_path):
    """A function that returns the jobs, by rule, that a study would run: a changed one, or one typed in another way."""
    sheet, run = undisturbed

    def of(overlay, run=run, options=(), folder=tiny.REPOSITORY):
        (tmp_path / "overlay.yaml").write_text(yaml.safe_dump(overlay))
        words = [*tiny.command(sheet, run, "default", tmp_path / "overlay.yaml"), "--dry-run", *map(str, options)]
        environment = tiny.environment() | {"PWD": str(folder)}
        found = subprocess.run(words, cwd=folder, env=environment, capture_output=True, text=True)
        assert found.returncode == 0, found.stdout[-2000:] + found.stderr[-2000:]
        table = re.search(r"^job +count\n-+ +-+\n(.*?)^total", found.stdout + found.stderr, re.MULTILINE | re.DOTALL)
        rows = [line.split() for line in table[1].splitlines()] if table else []
        return {name: int(count) for name, count in rows if name != "default"}

    return of


@pytest.mark.parametrize("change", CHANGES)
def test_a_change_plans_what_it_touches(planned, change):
    overlay, jobs = CHANGES[change]
    assert planned(overlay) == jobs


@pytest.mark.parametrize("way", ["dots", "link", "another folder", "moved", "link to the run"])
def test_another_way_to_the_same_files_plans_nothing(planned, undisturbed, tmp_path, way):
    run, options, folder = undisturbed[1], [], tiny.REPOSITORY
    if way == "dots":
        options = ["--snakefile", tiny.REPOSITORY / "tests/../Snakefile"]
    elif way == "link":
        (tmp_path / "link").symlink_to(tiny.REPOSITORY)
        options = ["--snakefile", tmp_path / "link/Snakefile"]
    elif way == "another folder":
        folder = tmp_path
        options = ["--snakefile", os.path.relpath(tiny.REPOSITORY / "Snakefile", tmp_path)]
    elif way == "moved":
        run = Path(shutil.copytree(run, tmp_path / "moved", symlinks=True))
    else:
        (tmp_path / "run").symlink_to(run)
        run = tmp_path / "run"
    assert planned({}, run, options, folder) == {}
