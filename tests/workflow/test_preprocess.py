"""`adrepro preprocess` on a dataset of one scan, twice."""

import shutil

import pandas as pd
import pytest
import yaml

pytestmark = pytest.mark.long


def test_a_dataset_becomes_derivatives_and_the_second_run_has_nothing_to_do(undisturbed, command, repository, tmp_path):
    _, run = undisturbed
    scan = min((run / "resources").rglob("sub-*_T1w.nii.gz"))
    anat = tmp_path / "data" / "sub-1" / "anat"
    anat.mkdir(parents=True)
    shutil.copy(scan, anat / "sub-1_acq-a_T1w.nii.gz")
    (anat / "sub-1_acq-b_T1w.nii.gz").write_bytes(b"damaged")
    demo = yaml.safe_load((repository / "config/config.yaml").read_text())
    fast = {key: demo[key] for key in ("preprocessing", "registration", "segmentation")}
    (tmp_path / "fast.yaml").write_text(yaml.safe_dump(fast))
    words = ("adrepro", "preprocess", "participant", "--bids", tmp_path / "data", "--out", tmp_path / "out")
    words += ("--acq", "a", "--config", tmp_path / "fast.yaml", "--resolution-mm", "4")
    first = command(*words)
    assert first.returncode == 0, first.stderr[-3000:]
    table = pd.read_csv(tmp_path / "out/regional.tsv", sep="\t")
    assert table["participant_id"].tolist() == ["sub-1"] and 1 < table["Left hippocampus"][0] < 6
    assert (tmp_path / "out/sub-1/anat/sub-1_label-WMH_probseg.nii.gz").exists()
    assert "left out: sub-1 n/a: sub-1_acq-b" in first.stdout and "quality.html" in first.stdout
    again = command(*words)
    assert again.returncode == 0 and "rule align" not in again.stderr
