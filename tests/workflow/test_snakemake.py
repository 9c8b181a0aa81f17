"""The workflow as a user meets it, without running a job: lint, format, dry run, messages."""

import re
import shutil
import time

import pytest
import scale


def snakemake(command, *words, cwd):
    return command("snakemake", *words, cwd=cwd)


def test_lint_and_format_are_clean(command, repository):
    assert snakemake(command, "--lint", cwd=repository).returncode == 0
    found = command("snakefmt", "--check", "Snakefile", "workflow", cwd=repository)
    assert found.returncode == 0, found.stderr


def test_a_dry_run_works_right_after_clone(command, repository, tmp_path):
    for name in ("Snakefile", "workflow", "profiles", "config", "envs"):
        source = repository / name
        copy = shutil.copytree if source.is_dir() else shutil.copy
        copy(source, tmp_path / name)
    found = snakemake(command, "-n", cwd=tmp_path)
    assert found.returncode == 0, found.stderr
    assert re.search(r"^train_cnn +24$", found.stdout + found.stderr, re.MULTILINE)


def test_the_tracked_sheet_is_what_the_configuration_gives(command, repository, tmp_path):
    shutil.copytree(repository / "config", tmp_path / "config")
    (tmp_path / "config" / "cohort.tsv").unlink()
    assert command("adrepro", "simulate", "--sheet", "config/cohort.tsv", cwd=tmp_path).returncode == 0
    assert (tmp_path / "config" / "cohort.tsv").read_bytes() == (repository / "config" / "cohort.tsv").read_bytes()


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["resolution=2"], "did you mean 'resolution_mm'"),
        (["resolution_mm=3"], "resolution_mm: expected 1, 1.5, 2 or 4, got 3"),
        (["derivatives={kind: cat12, folder: nowhere}"], "derivatives.folder: there is no"),
        (["reference={name: Own, folder: nowhere}"], "no GM.nii.gz; add it"),
        (["reference=mni305"], "mni305"),
        (["cohort=nowhere.tsv"], "nowhere.tsv: there is no such cohort sheet"),
        (["seed=many"], "seed: expected a valid integer, got 'many'"),
    ],
)
def test_a_wrong_configuration_is_answered_at_once_in_words(command, repository, tmp_path, words, message):
    start = time.monotonic()
    found = snakemake(command, "-n", "--directory", tmp_path, "--config", *words, cwd=repository)
    told = found.stdout + found.stderr
    assert found.returncode != 0 and message in told
    assert "Traceback" not in told and ".smk" not in told
    print(f"answered in {time.monotonic() - start:.1f} s")


def test_all_that_is_wrong_is_told_at_once(command, repository, tmp_path):
    """Two keys, a path, and two rows of the sheet, one after an empty line."""
    sheet = (repository / "config" / "cohort.tsv").read_text().splitlines()
    sheet[2] = sheet[2].replace("sub-", "sub-x;touch y;", 1)
    sheet[3:3] = [""]
    sheet[5] = sheet[5].replace("\tF\t", "\tmiss\t").replace("\tM\t", "\tmiss\t")
    (tmp_path / "cohort.tsv").write_text("\n".join(sheet))
    settings = "cohort: cohort.tsv\nresolution: 2\nseed: x\nsplits: {lists: nowhere}\n"
    (tmp_path / "study.yaml").write_text(settings)
    words = ("-n", "--directory", tmp_path / "run", "--configfile", tmp_path / "study.yaml")
    found = snakemake(command, *words, cwd=repository)
    for message in (
        "unknown key 'resolution'",
        "seed: expected a valid integer, got 'x'",
        "splits.lists: there is no",
        "line 3: participant_id 'sub-x;touch y;",
        "line 6: sex 'miss'",
    ):
        assert message in found.stderr, message
    assert found.returncode == 1 and not (tmp_path / "run" / "results").exists()


def test_a_name_that_is_no_id_matches_no_rule(command, repository, tmp_path):
    for target in ("results/cohort/inspected/sub-a;b.json", "results/cohort/inspected/../sub-01.json"):
        found = snakemake(command, "-n", "--directory", tmp_path, target, cwd=repository)
        assert found.returncode == 1 and "MissingRuleException" in found.stdout + found.stderr


def test_a_configuration_that_is_code_is_refused(command, repository, tmp_path):
    (tmp_path / "study.yaml").write_text("__use_yte__: true\nseed: ?1 + 1\n")
    words = ("-n", "--directory", tmp_path, "--configfile", tmp_path / "study.yaml")
    found = snakemake(command, *words, cwd=repository)
    assert found.returncode == 1 and "study.yaml: __use_yte__ runs code" in found.stderr


def test_relative_cohorts_are_found_from_where_they_were_named(command, repository, tmp_path):
    for folder in ("typed", "study", "run"):
        (tmp_path / folder).mkdir()
    sheet = (repository / "config" / "cohort.tsv").read_text()
    rows = [row for row in sheet.splitlines() if "ses-M000" in row or "participant_id" in row]
    missing = "\n".join(rows).replace("../resources/", "nothing/") + "\n"
    (tmp_path / "typed" / "a.tsv").write_text(missing)
    (tmp_path / "study" / "b.tsv").write_text(missing)
    (tmp_path / "study" / "b.yaml").write_text("cohort: b.tsv\n")
    common = ["-n", "features", "--snakefile", repository / "Snakefile", "--directory", tmp_path / "run"]
    for words in (["--config", "cohort=a.tsv"], ["--configfile", tmp_path / "study" / "b.yaml"]):
        found = snakemake(command, *common, *words, cwd=tmp_path / "typed")
        assert found.returncode == 0, found.stderr


def test_a_sheet_without_a_whole_task_is_answered_before_the_first_job(command, repository, tmp_path):
    sheet = (repository / "config" / "cohort.tsv").read_text()
    (tmp_path / "one_class.tsv").write_text("".join(r for r in sheet.splitlines(True) if "\tAD\t" not in r))
    (tmp_path / "unknown.tsv").write_text(sheet.replace("\tMCI\t", "\tMIC\t", 2))
    for name, message in (("one_class", "label AD: 0 participants"), ("unknown", "line 4: diagnosis 'MIC'")):
        cohort = tmp_path / f"{name}.tsv"
        words = ("--directory", tmp_path / "run", "--config", f"cohort={cohort}")
        found = snakemake(command, "--cores", "1", *words, cwd=repository)
        told = found.stdout + found.stderr
        assert found.returncode == 1 and str(cohort) in told and message in told
        assert "Traceback" not in told and not (tmp_path / "run" / "results").exists()
        assert snakemake(command, "-n", "features", *words, cwd=repository).returncode == 0


def test_a_slurm_job_holds_the_steps_of_ten_scans(tmp_path):
    """After the checkpoint too, where Snakemake by itself puts all scans into one."""
    pytest.importorskip("snakemake_executor_plugin_slurm")
    scale.make_sheet(tmp_path, 45)
    assert scale.slurm_jobs(tmp_path)["check_input"] == 1
    scale.pretend_inspected(tmp_path)
    scale.timed(scale.screening(tmp_path), tmp_path / "log")
    assert scale.slurm_jobs(tmp_path)["scans"] == 5
    told = (tmp_path / "grouped").read_text().split("Group job ")[1:]
    assert sorted(part.count("rule align:") for part in told) == [5, 10, 10, 10, 10]
