"""What runs again after which change: the table of workflow/profiles/README.md, by running it."""

import os
import subprocess
import sys
import time

import nibabel as nib
import numpy as np
import pandas as pd
import pytest
import yaml

import tiny

pytestmark = pytest.mark.long
STEPS = ("align", "normalize", "segment", "parcellate", "qc", "check_input")


@pytest.fixture(scope="module")
def study(undisturbed, tmp_path_factory):
    """A study of the tiny study's images as if they were real ones, without its last participant, and its runner."""
    folder = tmp_path_factory.mktemp("reruns")
    sheet = pd.read_csv(undisturbed[0], sep="\t", dtype=str, keep_default_na=False)
    images = undisturbed[1] / "resources"
    sheet["t1w"] = [t1w if t1w == "n/a" else str(images) + t1w.split("resources")[1] for t1w in sheet["t1w"]]
    sheet["dataset"] = "real"
    everyone = sorted(sheet["participant_id"].unique())

    def run(people, overlay=None):
        """Run the study of some people; returns the jobs that ran, by their logs, and what was told."""
        sheet[sheet["participant_id"].isin(people)].to_csv(folder / "cohort.tsv", sep="\t", index=False)
        (folder / "overlay.yaml").write_text(yaml.safe_dump(overlay or {}))
        words = tiny.command(folder / "cohort.tsv", folder / "run", "default", str(folder / "overlay.yaml"))
        before = stamps()
        found = subprocess.run(words, cwd=tiny.REPOSITORY, env=tiny.environment(), capture_output=True, text=True)
        assert found.returncode == 0, found.stderr[-3000:]
        after = stamps()
        return {name for name, stamp in after.items() if before.get(name) != stamp}, found.stderr

    def stamps():
        """Time of every job's log: the step, and the scan or fold it was for."""
        logs = folder / "run" / "logs"
        return {
            path.relative_to(logs).with_suffix("").as_posix(): path.stat().st_mtime_ns for path in logs.rglob("*.log")
        }

    run(everyone[:-1])
    return everyone, run, folder / "run"


def of_scans(ran):
    return {name for name in ran if name.split("/")[0] in STEPS}


def test_a_scan_that_is_added_runs_alone_through_the_steps(study):
    everyone, run, _ = study
    ran, _ = run(everyone)
    assert of_scans(ran) and all(everyone[-1] in name for name in of_scans(ran))
    assert {name.split("/")[0] for name in of_scans(ran)} == set(STEPS)
    assert {
        "select_readable",
        "select_included",
        "assign_labels",
        "splits",
        "regional_features",
        "comparison_report",
    } <= ran
    assert {f"AD_vs_CN/cnn_roi/fold-{fold}" for fold in (0, 1)} <= ran


def test_a_scan_that_was_copied_anew_goes_through_no_step(study, undisturbed):
    everyone, run, folder = study
    image = next((undisturbed[1] / "resources").rglob(f"{everyone[-1]}_*T1w.nii.gz"))
    image.touch()
    before = tiny.digests(folder)
    ran, _ = run(everyone)
    assert of_scans(ran) == {f"check_input/{image.name.removesuffix('_T1w.nii.gz')}"}
    assert tiny.digests(folder) == before


def test_a_scan_that_was_replaced_goes_through_all_steps(study, undisturbed):
    everyone, run, folder = study
    image = next((undisturbed[1] / "resources").rglob(f"{everyone[-1]}_*T1w.nii.gz"))
    raw, before = image.read_bytes(), tiny.digests(folder)
    one = nib.load(image)
    nib.save(nib.Nifti1Image(np.asarray(one.dataobj) * np.linspace(0.9, 1.1, one.shape[2]), one.affine), image)
    ran, _ = run(everyone)
    assert {name.split("/")[0] for name in of_scans(ran)} == set(STEPS)
    assert all(everyone[-1] in name for name in of_scans(ran)) and tiny.digests(folder) != before
    image.write_bytes(raw)
    run(everyone)
    assert tiny.digests(folder) == before


REPORT, SCORES = "reports/comparison.html", "results/AD_vs_CN/svm_regional/fold-0/scores.tsv"


def test_what_was_deleted_between_steps_is_made_again(study):
    """As far as something that is to be made needs it."""
    everyone, run, folder = study
    before = tiny.digests(folder)
    for name in (REPORT, SCORES, "results/features/regional.tsv"):
        (folder / name).unlink()
    for path in folder.glob(f"results/derivatives/{everyone[0]}/*/anat/*_morph.tsv"):
        path.unlink()
    ran, _ = run(everyone)
    assert (
        ran >= {"regional_features", "AD_vs_CN/svm_regional/fold-0", "comparison_report"}
        and tiny.digests(folder) == before
    )


def test_a_result_of_a_clock_that_is_ahead_is_refused_until_dates_are_reset(study):
    """One step has to run again that reads a result dated in an hour."""
    everyone, run, folder = study
    before = tiny.digests(folder)
    (map_,) = folder.glob(f"results/derivatives/{everyone[0]}/*/anat/*label-GM_desc-modulated_probseg.nii.gz")
    os.utime(map_, (time.time() + 3600,) * 2)
    for path in [*map_.parent.glob("*_morph.tsv"), *folder.glob("results/features/*.tsv")]:
        path.unlink()
    for name in (REPORT, SCORES):
        (folder / name).unlink()
    with pytest.raises(AssertionError, match="1 results in .* are dated in the future.*adrepro reset-dates"):
        run(everyone)
    words = [sys.executable, "-m", "adrepro", "reset-dates", folder]
    found = subprocess.run(words, env=tiny.environment(), capture_output=True, text=True, check=True)
    assert "1 results that were dated in the future" in found.stdout
    ran, told = run(everyone)
    assert f"parcellate/{'/'.join(map_.parent.parts[-3:-1])}" in {name.rpartition("/")[0] for name in ran}
    assert tiny.digests(folder) == before


def test_without_a_participant_no_step_of_a_scan_runs(study):
    everyone, run, _ = study
    ran, _ = run(everyone[1:])
    assert of_scans(ran) == set()
    assert {"select_readable", "select_included", "splits", "regional_features", "comparison_report"} <= ran


def test_other_epochs_train_one_network_again(study):
    everyone, run, _ = study
    ran, _ = run(everyone[1:], {"approaches": {"cnn_roi": {"epochs": 2}}})
    trained = {f"AD_vs_CN/cnn_roi/fold-{fold}" for fold in (0, 1)}
    assert ran >= trained | {"comparison_report"} and not any("svm" in name for name in ran) and of_scans(ran) == set()
    assert not ran & {"splits", "regional_features", "stack_volumes/T1w", "assign_labels", "select_included"}


def test_a_figure_setting_makes_the_page_alone(study):
    everyone, run, _ = study
    settings = {"approaches": {"cnn_roi": {"epochs": 2}}, "report": {"font_size": 10}}
    assert run(everyone[1:], settings)[0] == {"comparison_report"}
    assert run(everyone[1:], settings)[0] == set()


def test_an_upgraded_package_is_named_and_makes_nothing_again(study):
    everyone, run, folder = study
    settings = {"approaches": {"cnn_roi": {"epochs": 2}}, "report": {"font_size": 11}}
    versions = folder / "results" / "versions.json"
    versions.write_text(versions.read_text().replace('"torch": [\n    "2.', '"torch": [\n    "1.'))
    ran, told = run(everyone[1:], settings)
    assert ran == {"comparison_report"} and "torch 1." in told and "--forceall" in told
