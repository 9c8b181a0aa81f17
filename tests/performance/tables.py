"""Tables, machine and report of thousands of participants: `python tests/performance/tables.py [--scans 200 2000]`.

The sheet of `scale.py`, with made-up volumes of regions, gray-matter maps and pictures as preprocessing leaves them.
The workflow itself then makes labels, splits, regional tables, the linear SVM on them, statistics, leakage checks,
QC report and report; each target is timed with the start of Snakemake in it. With `--together`, one command makes all
targets, and the log of Snakemake tells the seconds of each rule. The last line is JSON.
"""

import argparse
import json
import re
import tempfile
from datetime import datetime
from pathlib import Path

import nibabel as nib
import numpy as np
import pandas as pd
import scale

from adrepro.imaging.grids import study_grid

SPACE = "space-MNI152NLin2009aSym_res-4"
MEASURES = """bias_strength contrast_to_noise coverage csf_fraction gm_fraction jacobian_max jacobian_min
    jacobian_nonpositive mask_dice sharpness structural_similarity template_correlation tiv_ml wm_fraction""".split()
REGIONS = [f"region_{number:03}" for number in range(118)]
OVERLAY = """\
resolution_mm: 4
tasks: {sMCI_vs_pMCI: null}
approaches: {svm_voxel: null, cnn_whole: null, cnn_roi: null, cnn_patch: null, cnn_slice: null}
"""
TARGETS = {
    "labels": "results/cohort/labels.tsv",
    "splits": "results/splits/participants.tsv",
    "regional tables": "results/features/regional.tsv",
    "SVM, one fold": "results/AD_vs_CN/svm_regional/fold-2/scores.tsv",
    "statistics": "results/comparison/metrics.tsv",
    "subgroups": "results/comparison/subgroups.tsv",
    "curves": "results/comparison/curves.tsv",
    "leakage": "results/leakage.json",
    "qc_report": "reports/quality.html",
    "report": "reports/comparison.html",
}
# All but those of a scan and the checkpoints of scans.
RULES = """template atlas bids_description assign_labels participant_flow eligible image_leakage draw_splits task_split
    splits demographics regional_features fit_classical weight_maps compute_metrics subgroups curves leakage qc_report
    comparison_report""".split()


def pretend_preprocessed(folder: Path) -> None:
    """What the checkpoints and the steps of each scan would have left."""
    sheet = pd.read_csv(folder / "cohort.tsv", sep="\t", dtype=str, keep_default_na=False)
    sheet = sheet[sheet["t1w"] != "n/a"]
    keys = sheet[["participant_id", "session_id"]]
    scans = keys.assign(scan=keys["participant_id"] + "_" + keys["session_id"])
    cohort, draw = folder / "run/results/cohort", np.random.default_rng(0)
    scans.assign(status="ok", step="", reason="").to_csv(cohort / "readable.tsv", sep="\t", index=False)
    scans.to_csv(cohort / "included.tsv", sep="\t", index=False)
    (cohort / "excluded.tsv").write_text(scale.HEADER)
    for row, ill in zip(scans.itertuples(), sheet["diagnosis"] == "AD", strict=True):
        anat = folder / "run/results/derivatives" / row.participant_id / row.session_id / "anat"
        anat.mkdir(parents=True)
        pretend_scan(anat, row.scan, ill, draw)


def pretend_scan(anat: Path, scan: str, ill: bool, draw: np.random.Generator) -> None:
    """Volumes, quality check, its picture (of the size of a real one) and a map of noise inside a ball."""
    values = draw.normal(4.7 if ill else 5, 0.6, len(REGIONS)).clip(0.1).round(4)
    regions = pd.DataFrame({"index": range(1, len(REGIONS) + 1), "name": REGIONS, "volume_ml": values})
    morphometry = anat / f"{scan}_atlas-desikankilliany_desc-volume_morph.tsv"
    regions.assign(density=values / 10).to_csv(morphometry, sep="\t", index=False)
    morphometry.with_suffix(".json").write_text(json.dumps({"tiv_ml": 1500.0, "tissue_ml": {}}))
    measures = {name: float(draw.normal(1, 0.1)) for name in MEASURES}
    check = {"verdict": "pass", "reasons": [], "measures": measures}
    (anat / f"{scan}_desc-qc_metrics.json").write_text(json.dumps(check))
    (anat / f"{scan}_desc-qc_figure.jpg").write_bytes(draw.bytes(66_000))
    grid = study_grid(4)
    middle = (np.array(grid.shape) / 2).reshape(3, 1, 1, 1)
    ball = ((np.indices(grid.shape) - middle) ** 2).sum(axis=0) < 15**2
    image = nib.Nifti1Image((ball * draw.integers(20, 100, grid.shape)).astype(np.uint8), grid.affine)
    nib.save(image, anat / f"{scan}_{SPACE}_label-GM_desc-modulated_probseg.nii.gz")


def seconds_of(log: Path) -> dict[str, float]:
    """Seconds of each rule's slowest job, from the dates in Snakemake's log."""
    begun, found = {}, {}
    for line in log.read_text().splitlines():
        if line.startswith("["):
            now = datetime.strptime(line, "[%a %b %d %H:%M:%S %Y]")
        elif begin := re.match(r"(?:    jobid: |Job )(\d+)", line):
            begun[begin[1]] = now
        elif end := re.match(r"Finished jobid: (\d+) \(Rule: (\w+)\)", line):
            found[end[2]] = max(found.get(end[2], 0), (now - begun[end[1]]).total_seconds())
    return found


def measure(scans: int, together: bool) -> dict:
    with tempfile.TemporaryDirectory(prefix="tables-") as name:
        folder = Path(name)
        scale.make_sheet(folder, scans)
        scale.pretend_inspected(folder)
        (folder / "overlay.yaml").write_text(OVERLAY)

        def make(*targets: str, quiet: str = "all") -> tuple[float, int]:
            words = scale.snakemake(folder, *targets, "--configfile", str(folder / "overlay.yaml"), quiet=quiet)
            return scale.timed([*words, "--allowed-rules", *RULES], folder / "log")[:2]

        make("results/reference/space.json", "results/reference/atlas-seeds_dseg.json")  # older than what came of them
        pretend_preprocessed(folder)
        found: dict = {"scans": scans}
        if together:
            found["all"] = make(*TARGETS.values(), quiet="reason")
            found["rules"] = seconds_of(folder / "log")
        else:
            for what, target in TARGETS.items():
                found[what] = make(target)
        found["pages_mb"] = {
            page.name: round(page.stat().st_size / 1e6, 1) for page in folder.glob("run/reports/*.html")
        }
        return found


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--scans", type=int, nargs="*", default=[200, 2000])
    parser.add_argument("--together", action="store_true", help="all targets by one command")
    wanted = parser.parse_args()
    rows = [measure(scans, wanted.together) for scans in wanted.scans]
    for row in rows:
        print(f"{row['scans']} scans, MB of pages: {row['pages_mb']}, seconds of rules: {row.get('rules', 'n/a')}")
        for what in filter(row.get, (*TARGETS, "all")):
            print(f"  {what:18} {row[what][0]:7.1f} s {row[what][1]:6} MB")
    print(json.dumps({"tables": rows}))


if __name__ == "__main__":
    main()
