"""Tables, machine and statistics of thousands of participants: `python tests/performance/tables.py [--scans 200 2000]`.

The sheet of `scale.py`, with made-up volumes of regions as preprocessing leaves them. The workflow itself then makes
labels, splits, regional tables, the linear SVM on them and the statistics; each target is timed with the
start of Snakemake in it. The last line is JSON.
"""

import argparse
import json
import tempfile
from pathlib import Path

import numpy as np
import pandas as pd
import scale

REGIONS = [f"region_{number:03}" for number in range(118)]
OVERLAY = """\
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
}
RULES = "label split demographics features fit_svm compute_metrics compute_subgroups compute_curves".split()


def pretend_preprocessed(folder: Path) -> None:
    """What the checkpoints and the steps of each scan would have left."""
    sheet = pd.read_csv(folder / "cohort.tsv", sep="\t", dtype=str, keep_default_na=False)
    sheet = sheet[sheet["t1w"] != "n/a"]
    keys = sheet[["participant_id", "session_id"]]
    scans = keys.assign(scan=keys["participant_id"] + "_" + keys["session_id"])
    cohort, draw = folder / "run/results/cohort", np.random.default_rng(0)
    usable = scans.assign(status="ok", step="", reason="")
    usable.to_csv(cohort / "usable.tsv", sep="\t", index=False)
    scans.to_csv(cohort / "accepted.tsv", sep="\t", index=False)
    (folder / "run/results/derivatives").mkdir(parents=True)
    (folder / "run/results/derivatives/dataset_description.json").write_text("{}\n")
    for row, ill in zip(scans.itertuples(), sheet["diagnosis"] == "AD", strict=True):
        values = draw.normal(4.7 if ill else 5, 0.6, len(REGIONS)).clip(0.1).round(4)
        found = {"volume_ml": dict(zip(REGIONS, values.tolist(), strict=True)), "tiv_ml": 1500.0}
        found["density"] = {name: value / 10 for name, value in found["volume_ml"].items()}
        anat = folder / "run/results/derivatives" / row.participant_id / row.session_id / "anat"
        anat.mkdir(parents=True)
        (anat / f"{row.scan}_desc-regional_volumes.json").write_text(json.dumps(found))


def measure(scans: int) -> dict:
    with tempfile.TemporaryDirectory(prefix="tables-") as name:
        folder = Path(name)
        scale.make_sheet(folder, scans)
        scale.pretend_inspected(folder)
        pretend_preprocessed(folder)
        (folder / "overlay.yaml").write_text(OVERLAY)
        found: dict = {"scans": scans}
        for what, target in TARGETS.items():
            words = scale.snakemake(folder, target, "--configfile", str(folder / "overlay.yaml"))
            found[what] = scale.timed([*words, "--allowed-rules", *RULES], folder / "log")[:2]
        return found


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--scans", type=int, nargs="*", default=[200, 2000])
    rows = [measure(scans) for scans in parser.parse_args().scans]
    for what in TARGETS:
        print(f"{what:18}", "  ".join(f"{row['scans']}: {row[what][0]:6.1f} s {row[what][1]:5} MB" for row in rows))
    print(json.dumps({"tables": rows}))


if __name__ == "__main__":
    main()
