"""The ways into the workflow: at the root, the standard Snakefile, another folder, and a module of another workflow."""

import os
import re
import shutil
import subprocess
import sys

import pytest

MODULE = """
configfile: "study.yaml"

module adrepro:
    snakefile: "{repository}/workflow/Snakefile"
    config: config

use rule * from adrepro

rule everything:
    default_target: True
    input: rules.all.input
"""


@pytest.fixture(scope="module")
def clone(repository, tmp_path_factory):
    """A copy of what is tracked and needed, without anything that was made."""
    folder = tmp_path_factory.mktemp("clone")
    for name in ("Snakefile", "workflow", "config", "profiles"):
        source = repository / name
        if source.is_symlink():
            (folder / name).symlink_to(source.readlink())
        else:
            (shutil.copytree if source.is_dir() else shutil.copy)(source, folder / name)
    return folder


def plan(clone, *words, cwd=None):
    """The jobs of a dry run, by rule, and what was printed."""
    env = os.environ | {"PYTHONPATH": str(clone / "workflow"), "PWD": str(cwd or clone)}
    command = [sys.executable, "-m", "snakemake", "-n", *map(str, words)]
    found = subprocess.run(command, cwd=cwd or clone, env=env, text=True, capture_output=True)
    told = found.stdout + found.stderr
    assert found.returncode == 0, told[-2000:]
    return dict(re.findall(r"^(\w+) +(\d+)$", told, re.MULTILINE)), told


def test_a_bare_command_in_a_clone_plans_the_demo(clone):
    jobs, told = plan(clone)
    assert jobs["train_cnn"] == "24" and jobs["check_input"] == "90" and jobs["qc_report"] == "1"
    assert "Using workflow specific profile profiles/default" in told.replace(f"{clone}/", "")


def test_the_standard_snakefile_plans_the_same_and_finds_its_profile(clone):
    whole = plan(clone)[0]
    jobs, told = plan(clone, "-s", "workflow/Snakefile")
    assert {**jobs, "default": "1"} == {**whole, "all": "1"}
    assert "Using workflow specific profile" in told and "profiles/default" in told


def test_a_study_in_another_folder(clone, tmp_path):
    (tmp_path / "study.yaml").write_text(
        "approaches: {cnn_whole: null, cnn_roi: null, cnn_patch: null, cnn_slice: null}\n"
    )
    words = ("--directory", tmp_path / "run", "--configfile", tmp_path / "study.yaml")
    jobs, told = plan(clone, *words)
    assert "train_cnn" not in jobs and jobs["fit_classical"] == "12"
    jobs, _ = plan(clone, "-s", clone / "workflow" / "Snakefile", *words, cwd=tmp_path)
    assert "train_cnn" not in jobs and jobs["fit_classical"] == "12"


def test_a_module_of_another_workflow(clone, tmp_path):
    shutil.copy(clone / "config" / "cohort.tsv", tmp_path / "cohort.tsv")
    sheet = (tmp_path / "cohort.tsv").read_text().replace("../resources", "resources")
    (tmp_path / "cohort.tsv").write_text(sheet)
    config = (clone / "config" / "config.yaml").read_text()
    (tmp_path / "study.yaml").write_text(config)
    (tmp_path / "Snakefile").write_text(MODULE.format(repository=clone))
    for scan in re.findall(r"resources/\S+", sheet):
        (tmp_path / scan).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / scan).touch()
    jobs, _ = plan(clone, "--workflow-profile", "none", cwd=tmp_path)
    assert jobs["train_cnn"] == "24" and jobs["comparison_report"] == "1" and jobs["everything"] == "1"


def test_a_snakemake_that_is_too_old_is_refused(clone):
    assert 'min_version("9.27")' in (clone / "workflow" / "Snakefile").read_text()
