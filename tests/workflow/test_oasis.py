"""The OASIS study on a stand-in of its files: download, sheet, SVMs and networks on grey matter, report."""

import json
import sys
from pathlib import Path

import pandas as pd
import pytest
import yaml

sys.path.insert(0, str(Path(__file__).parents[1]))
from oasis_stand_in import make_mirror, served

pytestmark = pytest.mark.study

SMALL = {
    "resolution_mm": 4,
    "splits": {"test_per_label": 2, "folds": 2, "match": None, "holdouts": {"iterations": 2}},
    "bootstrap": {"replicates": 200},
    "approaches": {"cnn_whole": None, "cnn_patch": None, "cnn_roi": {"epochs": 1, "learning_rate": 0.001}},
}


def test_from_the_download_to_the_report(command, repository, tmp_path):
    make_mirror(tmp_path / "mirror", 15)
    with served(tmp_path / "mirror") as url:
        words = ("adrepro", "fetch", "oasis-vbm", "--out", tmp_path / "run", "--participants", "15", "--mirror", url)
        fetched = command(*words, cwd=tmp_path)
    assert fetched.returncode == 0 and "Terms of use" in fetched.stdout, fetched.stderr
    small = tmp_path / "run" / "small.yaml"
    small.write_text(yaml.safe_dump(SMALL))
    study = tmp_path / "run" / "oasis_vbm.yaml"
    study.write_text((repository / "config/study/oasis_vbm.yaml").read_text())
    words = ("snakemake", "--cores", "2", "--snakefile", repository / "Snakefile", "--directory", tmp_path / "run")
    found = command(*words, "--configfile", study, small, cwd=tmp_path)
    assert found.returncode == 0, found.stderr[-3000:]
    certificate = json.loads((tmp_path / "run/results/leakage.json").read_text())
    assert certificate["verdict"] == "clean"
    metrics = pd.read_csv(tmp_path / "run/results/comparison/metrics.tsv", sep="\t")
    assert set(metrics["approach"]) == {"svm_regional", "svm_voxel", "cnn_roi"}
    page = (tmp_path / "run/reports/comparison.html").read_text()
    assert "cnn_roi: sees modulated grey matter in place of the scan." in page and "age 30" in page
