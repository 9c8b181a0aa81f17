"""The OASIS study on a stand-in of its files: download, sheet, SVMs and networks on gray matter, report."""

import json
import shutil
import sys
from pathlib import Path

import pandas as pd
import pytest
import yaml
from safetensors.numpy import load_file

sys.path.insert(0, str(Path(__file__).parents[1]))
from oasis_stand_in import make_mirror, served

pytestmark = pytest.mark.study

SMALL = {
    "resolution_mm": 4,
    "splits": {"test_per_label": 2, "folds": 2, "match": None, "repeated_holdout": {"iterations": 2}},
    "bootstrap": {"replicates": 200},
    "approaches": {
        "cnn_whole": None,
        "cnn_patch": None,
        "cnn_slice": None,
        "cnn_roi": {"epochs": 1, "learning_rate": 0.001},
    },
}


ONE = {"epochs": 1, "learning_rate": 0.001, "batch_size": 4}
ROI = {"kind": "cnn_roi", **ONE}
OPTIONS = {
    "allow_leak": True,
    "tasks": {
        "F_vs_M": {"column": "sex", "positive": "F", "negative": "M"},
        "everyone": {"classes": {"AD": "AD", "CN": "CN"}},
    },
    "classical": {"inner_folds": 2, "trees": 10},
    "pretraining": {
        "encoder": {**ROI, "task": "everyone"},
        "patches": {**ONE, "kind": "cnn_patch", "task": "everyone"},
    },
    "approaches": {
        "svm_applied": {"kind": "svm_voxel", "tasks": ["F_vs_M"], "train_task": "AD_vs_CN"},
        "svm_adjusted": {
            "kind": "svm_regional", "tasks": ["AD_vs_CN"], "confounds": ["age", "tiv_ml"], "run_repeated_holdout": True,
        },
        "forest": {
            "kind": "random_forest_regional", "tasks": ["AD_vs_CN"], "features": "density", "combat": {"batch": "sex"},
        },
        "logistic": {"kind": "logistic_regional", "tasks": ["AD_vs_CN"]},
        "roi_pretrained": {**ROI, "tasks": ["AD_vs_CN"], "init_from": "encoder", "augment": {"zoom": 0.1}},
        "roi_continued": {**ROI, "tasks": ["F_vs_M"], "init_from": "roi_pretrained"},
        "roi_applied": {**ROI, "tasks": ["F_vs_M"], "train_task": "AD_vs_CN"},
        "patch_multi": {
            **ONE, "kind": "cnn_patch", "tasks": ["AD_vs_CN"], "init_from": "patches", "one_network_per_patch": True,
            "networks_per_batch": 20,
        },
        "slices_leaking": {
            **ONE, "kind": "cnn_slice", "tasks": ["AD_vs_CN"], "slice_step": 8, "image_size": 32,
            "leaky_slice_split": 0.3,
        },
        "seresnet": {**ONE, "kind": "cnn_whole", "network": "ResNet10", "tasks": ["AD_vs_CN"]},
    },
}  # fmt: skip


@pytest.fixture(scope="module")
def study(command, repository, tmp_path_factory):
    """A folder with the stand-in's maps and sheet, and a function that runs the study with overlays."""
    root = tmp_path_factory.mktemp("oasis")
    make_mirror(root / "mirror", 15)
    with served(root / "mirror") as url:
        words = ("adrepro", "fetch", "oasis-vbm", "--out", root / "run", "--participants", "15", "--mirror", url)
        fetched = command(*words, cwd=root)
    assert fetched.returncode == 0 and "Terms of use" in fetched.stdout, fetched.stderr
    shutil.copy(repository / "config/study/oasis_vbm.yaml", root / "run")

    def run(**overlays):
        files = [root / "run" / "oasis_vbm.yaml"]
        for name, content in overlays.items():
            files.append(root / "run" / f"{name}.yaml")
            files[-1].write_text(yaml.safe_dump(content))
        words = ("snakemake", "--cores", "2", "--snakefile", repository / "Snakefile", "--directory", root / "run")
        found = command(*words, "--configfile", *files, cwd=root)
        assert found.returncode == 0, found.stderr[-3000:]
        return json.loads((root / "run/results/leakage.json").read_text())

    return root / "run", run


def test_from_the_download_to_the_report(study):
    folder, run = study
    assert run(small=SMALL)["verdict"] == "clean"
    metrics = pd.read_csv(folder / "results/comparison/metrics.tsv", sep="\t")
    assert set(metrics["approach"]) == {"svm_regional", "svm_voxel", "cnn_roi"}
    page = (folder / "reports/comparison.html").read_text()
    assert "cnn_roi: the input is modulated gray matter in place of the scan." in page and "age 30" in page


@pytest.mark.long
def test_options_of_the_study_run_and_the_leakage_checks_follow_their_chains(study):
    folder, run = study
    certificate = run(small=SMALL, options=OPTIONS)
    results = folder / "results"
    leaks = {check["name"]: check["examples"] for check in certificate["checks"] if check["verdict"] == "leak"}
    assert list(leaks) == ["nothing fitted to validation participants"]
    assert all("slices_leaking" in example for example in leaks["nothing fitted to validation participants"])
    assert "LEAK: these results are not valid" in (folder / "reports/comparison.html").read_text()
    model = lambda name: json.loads((results / name / "fold-0/model.json").read_text())  # noqa: E731
    assert model("AD_vs_CN/roi_pretrained")["builds_on"] == ["pretraining/encoder/fold-0"]
    assert model("F_vs_M/roi_continued")["builds_on"] == ["AD_vs_CN/roi_pretrained/fold-0"]
    assert model("F_vs_M/roi_applied")["builds_on"] == ["AD_vs_CN/roi_applied/fold-0"]
    assert model("AD_vs_CN/patch_multi")["networks"] == 36
    assert not (results / "F_vs_M/roi_pretrained").exists()
    assert not list((results / "checkpoints").rglob("*.pt*"))
    holdout = pd.read_csv(results / "AD_vs_CN/svm_adjusted/holdout/scores.tsv", sep="\t")
    assert set(holdout["split"]) == {"holdout"} and set(holdout["fold"]) == {0, 1}
    # Applied as it is: the weights of the SVM are those it has on its own task.
    own = load_file(results / "AD_vs_CN/svm_voxel/fold-0/weights.safetensors")["weights"]
    assert load_file(results / "F_vs_M/svm_applied/fold-0/weights.safetensors")["weights"].shape == own.shape
