"""A study of rates of change, in which one visit shows someone else's head."""

import nibabel as nib
import numpy as np
import pandas as pd
import pytest

pytestmark = pytest.mark.long

STUDY = """
allow_leak: true  # the stranger is a participant
tasks: {sMCI_vs_pMCI: null}
splits: {test_per_label: 1, folds: 2}
bootstrap: {replicates: 200}
saliency: {methods: []}
report: {cost: false}
simulate: {groups: {CN: 4, AD: 4, sMCI: 0, pMCI: 0}, external_groups: {CN: 0, AD: 0}, follow_up_scans: all}
longitudinal: {voxel_mm: 4, min_overlap: 0.87}
approaches:
  {svm_voxel: null, cnn_whole: null, cnn_patch: null, cnn_slice: null, cnn_roi: null,
   svm_rate: {kind: svm_regional, features: rate}}
"""


def test_people_with_two_visits_of_one_head_take_part_and_the_other_is_told(command, repository, tmp_path):
    sheet, overlay, run = tmp_path / "cohort.tsv", tmp_path / "rates.yaml", tmp_path / "run"
    overlay.write_text(STUDY)
    assert command("adrepro", "simulate", "--sheet", sheet, "--config", overlay).returncode == 0
    words = ("snakemake", "-s", repository / "workflow/Snakefile", "--cores", "2", "--directory", run)
    words += ("--configfile", overlay, "--config", f"cohort={sheet}")
    assert command("snakemake", "simulate", *words[1:]).returncode == 0
    visits = sorted((run / "resources/simulated").rglob("*_ses-M012_T1w.nii.gz"))
    stranger = nib.load(visits[1])
    voxels = np.array(stranger.dataobj)
    voxels[0, 0, 0] += 1  # an exact copy is told earlier
    nib.save(nib.Nifti1Image(voxels, stranger.affine), visits[0])
    done = command(*words)
    assert done.returncode == 3, done.stderr[-3000:]
    assert "(within_person)" in done.stderr
    mistaken = visits[0].name.split("_")[0]
    left_out = pd.read_csv(run / "results/cohort/left_out.tsv", sep="\t", dtype=str)
    assert left_out["participant_id"].tolist() == [mistaken] * 2
    assert left_out["step"].tolist() == ["within_person", "rate of change"]
    rates = pd.read_csv(run / "results/features/regional_rate.tsv", sep="\t")
    split = pd.read_csv(run / "results/splits/AD_vs_CN.tsv", sep="\t")
    assert set(split["participant_id"]) == set(rates["participant_id"]) and len(split) == 7
    page = (run / "reports/comparison.html").read_text()
    assert (
        "may show someone else; compare their QC figures" in page and "in percent of the mean volume per year" in page
    )
    merged = rates.drop_duplicates("participant_id").merge(split[["participant_id", "target"]], on="participant_id")
    hippocampi = merged[["Left hippocampus", "Right hippocampus"]].mean(axis=1)
    assert hippocampi[merged["target"] == 1].mean() < hippocampi[merged["target"] == 0].mean()
