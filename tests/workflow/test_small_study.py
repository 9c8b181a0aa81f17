"""A whole study, small: real jobs from simulated scans to the report, then faults, reruns and the same bytes."""

import gzip
import hashlib
import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import nibabel as nib
import numpy as np
import pandas as pd
import pytest
import torch
import yaml

pytestmark = pytest.mark.study

SMALL = {
    "allow_exclusions": False,
    "tasks": {"sMCI_vs_pMCI": None},
    "splits": {"test_per_label": 1, "folds": 2},
    "bootstrap": {"replicates": 200},
    "saliency": {"per_class": 1, "steps": 2},
    "report": {"cost": False},  # a model that is trained again takes another time
    "simulate": {
        "groups": {"CN": 5, "AD": 5, "sMCI": 0, "pMCI": 0},
        "external_groups": {"CN": 1, "AD": 1},
        "follow_up_scans": 0,
    },
    "approaches": {name: {"epochs": 1} for name in ("cnn_whole", "cnn_roi", "cnn_patch", "cnn_slice")},
}

SIDES = ("negative", "positive")


@pytest.fixture(scope="module")
def study(command, repository, tmp_path_factory):
    """A clone in a path with a space, its small configuration, and a function that runs it."""
    clone = tmp_path_factory.mktemp("a clone with spaces") / "adrepro"
    clone.mkdir()
    for name in ("Snakefile", "workflow", "profiles", "config", "envs"):
        source = repository / name
        copy = shutil.copytree if source.is_dir() else shutil.copy
        copy(source, clone / name)
    small = clone / "config" / "small.yaml"
    small.write_text(yaml.safe_dump(SMALL))
    config = yaml.safe_load((clone / "config" / "config.yaml").read_text())
    config["simulate"] |= SMALL["simulate"]
    (clone / "config" / "config.yaml").write_text(yaml.safe_dump(config, sort_keys=False))
    made = command("adrepro", "simulate", "--sheet", clone / "config" / "cohort.tsv", cwd=clone)
    assert made.returncode == 0, made.stderr

    def run(*words, overlays=()):
        common = ("snakemake", *words, "--cores", "2", "--keep-going", "--configfile", small, *overlays)
        return command(*common, cwd=clone)

    # One participant's scan is cut before the study starts.
    assert run("--until", "simulate").returncode == 0
    sheet = pd.read_csv(clone / "config" / "cohort.tsv", sep="\t", dtype=str, keep_default_na=False)
    victim = next(
        row for row in sheet.itertuples() if row.diagnosis == "CN" and row.role == "study" and row.t1w != "n/a"
    )
    path = clone / "config" / victim.t1w
    raw, times = path.read_bytes(), path.stat()
    path.write_bytes(raw[: len(raw) * 6 // 10])
    os.utime(path, ns=(times.st_atime_ns, times.st_mtime_ns))
    first = run()
    return clone, run, victim.participant_id, first


def digests(clone):
    files = [*sorted(clone.glob("results/**/*.tsv")), clone / "reports" / "comparison.html"]
    return {str(f.relative_to(clone)): hashlib.sha256(f.read_bytes()).hexdigest() for f in files}


def test_a_cut_scan_leaves_and_the_rest_reaches_the_report(study):
    clone, _, victim, first = study
    page = (clone / "reports" / "comparison.html").read_text()
    line = rf"^  {victim} ses-M000 {victim}_ses-M000_T1w.nii.gz: .*damaged.*; copy it again \(inspect\)$"
    assert first.returncode == 3 and re.search(line, first.stderr, re.MULTILINE)
    flow = pd.read_csv(clone / "results/cohort/flow.tsv", sep="\t").set_index("step")["sessions"]
    assert flow["readable"] == flow["with a T1w scan"] - 1 == flow["quality control passed"]
    assert "Traceback" not in first.stderr
    excluded = pd.read_csv(clone / "results/cohort/excluded.tsv", sep="\t")
    assert excluded["participant_id"].tolist() == [victim] and excluded["step"].tolist() == ["inspect"]
    assert victim in page and "damaged" in page and "Simulated cohort" in page
    assert victim not in (clone / "results/splits/participants.tsv").read_text()
    assert str(clone) not in page
    assert "approaches cannot be compared" in page  # one test participant per class shows nothing


def test_the_tables_keep_their_contracts(study):
    clone = study[0]
    read = lambda name: pd.read_csv(clone / "results" / name, sep="\t", dtype=str, keep_default_na=False)  # noqa: E731
    scores = read("AD_vs_CN/cnn_patch/fold-0/scores.tsv")
    assert list(scores) == (
        "task approach fold split dataset participant_id session_id label score score_kind prediction".split()
    )
    assert set(scores["split"]) == {"validation", "test", "external"}
    metrics = read("comparison/metrics.tsv")
    assert list(metrics) == (
        "task approach dataset split fold metric value low high n_positive n_negative low_bca high_bca".split()
    )
    assert metrics["approach"].nunique() == 6
    assert list(read("comparison/differences.tsv")) == (
        "task dataset split metric approach_a approach_b difference low high p_value p_adjusted test advantage "
        "p_bonferroni detectable".split()
    )
    people = read("splits/participants.tsv")
    assert list(people) == "participant_id dataset label partition fold".split()
    test = set(people[people["partition"] == "test"]["participant_id"])
    assert set(scores[scores["split"] == "test"]["participant_id"]) == test
    training = read("AD_vs_CN/cnn_patch/fold-0/training.tsv")
    assert list(training) == ["purpose", "participant_id", "session_id"] and set(training["participant_id"]).isdisjoint(
        test
    )
    certificate = json.loads((clone / "results/leakage.json").read_text())
    assert certificate["verdict"] == "clean" and len(certificate["checks"]) >= 8
    features = read("features/regional.tsv")
    assert list(features)[:3] == ["participant_id", "session_id", "tiv_ml"] and len(features) == 11
    volumes = features.drop(columns=["participant_id", "session_id", "tiv_ml"]).astype(float)
    assert volumes.sum(axis=1).between(600, 1700).all()


def test_a_second_run_has_nothing_to_do_and_the_report_repeats_itself(study):
    clone, run, _, _ = study
    before = digests(clone)
    assert "Nothing to be done" in run("-n").stdout + run("-n").stderr
    run("--force", "reports/comparison.html", "--allowed-rules", "comparison_report")
    assert digests(clone) == before


def test_a_scan_made_again_gives_the_same_bytes(study, repository):
    """Registration and segmentation repeat themselves: same scan, same seed, same derivatives."""
    clone, run, _, _ = study
    scan = next((clone / "results/derivatives").glob("sub-*/ses-*/anat/*_label-GM_probseg.nii.gz"))
    folder = scan.parent
    contents = {f.name: gzip.decompress(f.read_bytes()) for f in folder.glob("*.nii.gz")}
    kept = folder.rename(folder.with_name("kept"))
    relative = scan.relative_to(clone)
    run("--force", str(relative).replace("_label-GM_probseg.nii.gz", "_desc-qc_metrics.json"))
    again = {f.name: gzip.decompress(f.read_bytes()) for f in folder.glob("*.nii.gz")}
    assert again == contents
    shutil.rmtree(kept)


def test_saliency_has_maps_summaries_and_checks(study):
    clone = study[0]
    folder = clone / "results/AD_vs_CN/cnn_roi/saliency"
    maps = sorted(path.name for path in folder.glob("*.nii.gz"))
    assert maps == sorted(f"{m}_{s}.nii.gz" for m in ("grad_cam", "integrated_gradients", "occlusion") for s in SIDES)
    image = nib.load(folder / "occlusion_positive.nii.gz")
    assert image.shape == (42, 52, 45) and np.isfinite(image.get_fdata()).all() and image.get_fdata().any()
    checks = pd.read_csv(folder / "checks.tsv", sep="\t")
    assert list(checks) == "method weights correlation inside_brain ground_truth_ratio ground_truth_auc".split()
    assert set(checks["weights"]) == {"trained", "random"} and checks["ground_truth_auc"].notna().any()
    page = (clone / "reports/comparison.html").read_text()
    assert page.count("data:image/jpeg") == 7  # a scan, the weights of two SVMs and the maps of four networks


def test_a_figure_setting_makes_the_report_alone_anew(study, tmp_path):
    clone, run, _, _ = study
    overlay = tmp_path / "figures.yaml"
    overlay.write_text("report: {font_size: 10}\n")
    planned = run("-n", overlays=[overlay])
    jobs = re.findall(r"^(\w+) +\d+$", planned.stdout + planned.stderr, re.MULTILINE)
    assert sorted(set(jobs)) == ["comparison_report", "default", "total"]


def test_snakemakes_own_report_has_captions_and_categories(study, tmp_path):
    clone, run, _, _ = study
    found = run("--report", tmp_path / "report.html")
    page = (tmp_path / "report.html").read_text()
    assert found.returncode == 0, found.stderr
    assert "Interpretation" in page and "paired differences" in page and "mean over folds" in page


def test_two_runs_stand_side_by_side(study, command, tmp_path):
    clone = study[0]
    found = command("adrepro", "compare-runs", clone, clone, "--out", tmp_path / "runs.html", cwd=clone)
    page = (tmp_path / "runs.html").read_text()
    assert found.returncode == 0, found.stderr
    assert "No difference: same settings, versions and inputs." in page and "cnn_patch" in page
    found = command("adrepro", "compare-runs", clone, tmp_path, "--out", tmp_path / "none.html", cwd=clone)
    assert found.returncode == 1 and "give the folder of a finished run" in found.stderr


@pytest.mark.skipif(torch.cuda.is_available(), reason="float16 does train on a GPU")
def test_an_approach_that_fails_is_named_in_a_report_of_the_others(study, tmp_path):
    clone, run, _, _ = study
    before = digests(clone)
    overlay = tmp_path / "fails.yaml"
    overlay.write_text("approaches: {cnn_roi: {precision: float16}}\n")
    failed = run(overlays=[overlay])
    page = (clone / "reports/partial.html").read_text()
    assert failed.returncode != 0 and "reports/partial.html" in failed.stderr and "Traceback" not in failed.stderr
    assert "PARTIAL RUN" in page and "0 of 2" in page and "float16 is available on a GPU only" in page
    assert "3D CNN, patches" in page
    run()
    assert {name: value for name, value in digests(clone).items() if "partial" not in name} == before


def test_an_exported_model_predicts_new_scans_as_the_study_did(study, command):
    clone, run, _, _ = study
    found = run("models")
    model = clone / "results/models/AD_vs_CN/cnn_roi"
    assert (model / "adrepro.json").exists(), found.stderr
    words = ("--model", model, "--bids", clone / "resources/simulated/simulated-external", "--out", clone / "new")
    found = command("adrepro", "predict", *words, cwd=clone)
    assert found.returncode == 0, found.stderr[-2000:]
    assert "not a medical device" in found.stdout and "trained on simulated images" in found.stdout
    again = command("adrepro", "predict", *words, cwd=clone)
    assert again.returncode == 1 and "predictions.tsv: exists and is not overwritten" in again.stderr
    refused = command("adrepro", "predict", *words[:-1], clone, cwd=clone)
    assert refused.returncode == 1 and "holds other files, which a prediction could change" in refused.stderr
    predicted = pd.read_csv(clone / "new/predictions.tsv", sep="\t").set_index("participant_id")
    (clone / "new/predictions.tsv").unlink()
    for fold in (0, 1):
        scores = pd.read_csv(clone / f"results/AD_vs_CN/cnn_roi/fold-{fold}/scores.tsv", sep="\t")
        external = scores[scores["split"] == "external"].set_index("participant_id")["score"]
        assert len(external) == 2 and (predicted[f"fold_{fold}"] - external).abs().max() < 1e-4
    card = (model / "docs/README.md").read_text()
    assert "Not a medical device" in card and str(clone) not in card
    # The folder is a MONAI bundle: its configuration builds the network with its weights.
    from monai.bundle import ConfigParser

    parser = ConfigParser()
    parser.read_config(str(model / "configs/inference.json"))
    parser["bundle_root"] = str(model)
    assert sum(p.numel() for p in parser.get_parsed_content("network_def").parameters()) == 116_872


@pytest.mark.parametrize("approach", ["svm_regional", "svm_voxel"])
def test_an_exported_classical_model_predicts_new_scans_as_the_study_did(study, command, approach):
    clone = study[0]
    words = ("--model", clone / f"results/models/AD_vs_CN/{approach}", "--bids")
    words += (clone / "resources/simulated/simulated-external", "--out", clone / "new")
    found = command("adrepro", "predict", *words, cwd=clone)
    assert found.returncode == 0, found.stderr[-2000:]
    assert "decision values, above 0 for AD" in found.stdout
    predicted = pd.read_csv(clone / "new/predictions.tsv", sep="\t").set_index("participant_id")
    (clone / "new/predictions.tsv").unlink()
    for fold in (0, 1):
        scores = pd.read_csv(clone / f"results/AD_vs_CN/{approach}/fold-{fold}/scores.tsv", sep="\t")
        external = scores[scores["split"] == "external"].set_index("participant_id")["score"]
        assert len(external) == 2 and (predicted[f"fold_{fold}"] - external).abs().max() < 1e-4


def test_predicting_with_a_folder_that_is_no_model_is_told(command, tmp_path):
    found = command("adrepro", "predict", "--model", tmp_path, "--bids", tmp_path, "--out", tmp_path, cwd=tmp_path)
    assert found.returncode == 1 and "no adrepro.json" in found.stderr and "Traceback" not in found.stderr


def test_cohort_reads_the_simulated_dataset_into_the_tracked_sheet(study, command):
    clone = study[0]
    folder = clone / "resources" / "simulated"
    words = [
        "--bids",
        folder / "simulated",
        "--bids",
        folder / "simulated-external",
        "--external",
        "simulated-external",
    ]
    found = command("adrepro", "cohort", *words, "--out", clone / "config" / "again.tsv", cwd=clone)
    assert found.returncode == 0, found.stderr
    assert (clone / "config" / "again.tsv").read_bytes() == (clone / "config" / "cohort.tsv").read_bytes()


def planned(found):
    """Rules of a dry run's table of jobs."""
    rows = [line.split() for line in (found.stdout + found.stderr).splitlines()]
    return {row[0] for row in rows if len(row) == 2 and row[0].isidentifier() and row[1].isdigit()} - {"total"}


def test_an_edited_comment_reruns_nothing_and_a_fixed_function_what_uses_it(study):
    clone, run, _, _ = study
    module = clone / "workflow" / "adrepro" / "models" / "classical" / "estimators.py"
    source = module.read_text()
    try:
        module.write_text(source.replace('"""', '"""Edited: ', 1))
        assert planned(run("-n")) == set()
        module.write_text(source.replace("max_iter=1_000_000", "max_iter=2_000_000"))
        assert planned(run("-n")) == {
            *("fit_classical", "weight_maps", "compute_metrics", "subgroups", "curves"),
            *("leakage", "comparison_report", "default"),
        }
    finally:
        module.write_text(source)


def test_a_scan_that_fails_late_leaves_with_the_next_run(study):
    """A step that finds a fault writes why; the same command again goes on without that scan."""
    clone, run, victim, _ = study
    scan = next(
        p for p in (clone / "results/cohort/inspected").glob("sub-S*.json") if not p.name.startswith(victim)
    ).stem
    fault = clone / "results/cohort/failed" / f"{scan}.json"
    fault.parent.mkdir()
    fault.write_text('{"step": "align", "reason": "no head can be told from the background; look at the scan"}')
    found = run("--until", "features")
    assert "select_included" in found.stderr
    excluded = pd.read_csv(clone / "results/cohort/excluded.tsv", sep="\t")
    assert set(excluded["step"]) == {"inspect", "preprocessing"}


def test_the_derivatives_pass_the_bids_validator(study):
    """The BIDS validator itself (bids-validator-deno): no error among the derivatives."""
    clone = study[0]
    validator = Path(sys.executable).with_name("bids-validator-deno")
    words = [validator, clone / "results" / "derivatives", "--json", "--ignoreNiftiHeaders"]
    found = subprocess.run(words, capture_output=True, text=True, check=False)
    issues = json.loads(found.stdout)["issues"]["issues"]
    assert [issue for issue in issues if issue["severity"] == "error"] == []
    sidecars = list(clone.glob("results/derivatives/**/*_desc-preproc_T1w.json"))
    assert all("Sources" in json.loads(path.read_text()) for path in sidecars) and sidecars


def test_maps_of_another_tool_take_the_place_of_preprocessing(study, tmp_path):
    """CAT12's names on maps of this study; one participant lacks them and leaves with a row."""
    clone, run, victim, _ = study
    rows = pd.read_csv(clone / "config" / "cohort.tsv", sep="\t", dtype=str, keep_default_na=False)
    included = pd.read_csv(clone / "results/cohort/included.tsv", sep="\t", dtype=str)["participant_id"].unique()[:3]
    rows = rows[rows["participant_id"].isin(included) & (rows["t1w"] != "n/a")].copy()
    for row in rows.itertuples():
        scan = f"{row.participant_id}_{row.session_id}"
        shutil.copy(clone / "config" / row.t1w, tmp_path / f"{scan}_T1w.nii.gz")
        if row.participant_id == included[0]:
            continue
        maps = clone / "results" / "reference" / "study"
        own = next((clone / "results/derivatives" / scan.replace("_", "/")).glob("anat/*GM_desc-modulated*.nii.gz"))
        (tmp_path / "cat12" / "mri").mkdir(parents=True, exist_ok=True)
        for number, source in enumerate((own, maps / "WM.nii.gz", maps / "CSF.nii.gz"), start=1):
            shutil.copy(source, tmp_path / "cat12" / "mri" / f"mwp{number}{scan}_T1w.nii.gz")
    rows["t1w"] = rows["participant_id"] + "_" + rows["session_id"] + "_T1w.nii.gz"
    rows.to_csv(tmp_path / "cohort.tsv", sep="\t", index=False)
    overlay = tmp_path / "adopted.yaml"
    overlay.write_text("cohort: cohort.tsv\nderivatives: {kind: cat12, folder: cat12}\n")
    found = run("features", "quality", "--directory", tmp_path / "run", overlays=[overlay])
    assert found.returncode == 3 and "Continuing without these scans" in found.stderr
    assert included[0] in found.stderr and "among the cat12 derivatives" in found.stderr
    assert "Traceback" not in found.stderr
    table = pd.read_csv(tmp_path / "run/results/features/regional.tsv", sep="\t", dtype={"participant_id": str})
    assert set(table["participant_id"]) == set(included[1:])
    before = pd.read_csv(clone / "results/features/regional.tsv", sep="\t", dtype={"participant_id": str})
    before = before.set_index("participant_id").loc[table["participant_id"]].reset_index()
    regions = [name for name in table if name.endswith(("gyrus", "cortex"))]
    assert len(regions) > 20
    pair = (frame[regions].to_numpy(dtype=float).ravel() for frame in (table, before))
    assert pd.Series(next(pair)).corr(pd.Series(next(pair))) > 0.9
    assert not list((tmp_path / "run").glob("results/derivatives/**/*warp*"))


def test_published_lists_take_the_place_of_labels_and_splits(study, tmp_path):
    """One participant who takes part is in no list; then a contradiction stops a dry run."""
    clone, run, _, _ = study
    assert run("results/splits/participants.tsv").returncode == 3
    people = pd.read_csv(clone / "results/splits/participants.tsv", sep="\t", dtype=str)
    people = people[people["partition"] != "external"]
    other = people.loc[people["partition"] == "train", "participant_id"].iloc[0]
    for label, own in people[people["participant_id"] != other].groupby("label"):
        for number, participant in enumerate(own["participant_id"]):
            places = ["test"] if number == 0 else ["train", f"train/train_splits-2/split-{number % 2}"]
            for place in places:
                path = tmp_path / "lists" / place / f"{label}_baseline.tsv"
                path.parent.mkdir(parents=True, exist_ok=True)
                line = f"{participant}\tses-M00\n"
                path.write_text((path.read_text() if path.exists() else "participant_id\tsession_id\n") + line)
    overlay = tmp_path / "lists.yaml"
    overlay.write_text(f"splits: {{lists: {tmp_path / 'lists'}}}\n")
    names = ("splits/participants", "cohort/demographics", "cohort/flow")
    found = run(*(f"results/{name}.tsv" for name in names), "--directory", clone, overlays=[overlay])
    assert found.returncode == 3, found.stderr[-2000:]  # the victim is excluded as before
    table = pd.read_csv(clone / "results/splits/participants.tsv", sep="\t", dtype=str)
    study_people = table[table["partition"] != "external"]
    assert set(study_people["participant_id"]) == set(people["participant_id"]) - {other}
    assert study_people["partition"].value_counts().to_dict() == {"train": len(study_people) - 2, "test": 2}
    left_out = pd.read_csv(clone / "results/cohort/left_out.tsv", sep="\t").set_index("participant_id")["reason"]
    assert left_out[other] == "not in the published lists"
    flow = pd.read_csv(clone / "results/cohort/flow.tsv", sep="\t").set_index("step")["participants"]
    assert flow["in a task"] == len(table)
    with (tmp_path / "lists/train/CN_baseline.tsv").open("a") as file:
        file.write(f"{study_people.loc[study_people['label'] == 'AD', 'participant_id'].iloc[0]}\tses-M00\n")
    stopped = run("-n", overlays=[overlay])
    assert stopped.returncode != 0 and "is listed as AD and CN" in stopped.stderr and "Traceback" not in stopped.stderr


def test_a_leak_stops_the_study_before_training_until_it_is_allowed(study, tmp_path):
    """A noisy copy of the image of a test participant under the id of another one; of SVMs alone, for time."""
    overlay = tmp_path / "svm.yaml"
    overlay.write_text(yaml.safe_dump({"approaches": dict.fromkeys(SMALL["approaches"])}))
    clone, run, _, _ = study
    assert run("results/splits/participants.tsv", overlays=[overlay]).returncode == 3
    sheet = pd.read_csv(clone / "config" / "cohort.tsv", sep="\t", dtype=str, keep_default_na=False)
    sheet = sheet[sheet["t1w"] != "n/a"].set_index("participant_id")["t1w"]
    people = pd.read_csv(clone / "results/splits/participants.tsv", sep="\t", dtype=str).set_index("partition")
    one, other = (people.loc[[part], "participant_id"].iloc[0] for part in ("test", "train"))
    image = nib.load(clone / "config" / sheet[one])
    noisy = np.asarray(image.dataobj) + np.random.default_rng(0).integers(0, 2, image.shape)
    copy = nib.Nifti1Image(noisy.astype(image.get_data_dtype()), image.affine)
    nib.save(copy, clone / "config" / sheet[other])
    trained = {path: path.stat().st_mtime_ns for path in clone.glob("results/*/*/fold-*/scores.tsv")}
    stopped = run(overlays=[overlay])
    assert stopped.returncode != 0 and "Traceback" not in stopped.stderr
    assert "no head under two participants: 1 case" in stopped.stderr and "allow_leak" in stopped.stderr
    assert {path: path.stat().st_mtime_ns for path in trained} == trained
    run("--config", "allow_leak=true", overlays=[overlay])
    assert "LEAK: these results are not valid" in (clone / "reports/comparison.html").read_text()
    found = json.loads((clone / "results/leakage.json").read_text())["checks"]
    assert [check["name"] for check in found if check["verdict"] == "leak"] == ["no head under two participants"]
    shutil.copy(clone / "config" / sheet[one], clone / "config" / sheet[other])
    assert "the same image as" in run("results/cohort/excluded.tsv", overlays=[overlay]).stderr
