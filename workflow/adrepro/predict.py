"""`adrepro predict`: new scans through the preprocessing of a study and the networks of one of its approaches."""

import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import pandas as pd

from .arithmetic import Arithmetic, training_device
from .clinical import PRESETS
from .cohort import Dataset, make_sheet
from .errors import UserError
from .export_model import DESCRIPTION
from .files import MISSING, read_json, read_table, write_table
from .models import load_weights, part_probabilities
from .sheet import read_sheet

REPOSITORY = Path(__file__).parents[2]
IMAGES = {"GM": "GM_unsmoothed"}  # packed under another name than the setting's


def describe(model: Path) -> dict:
    """What an exported model says of itself."""
    path = model / DESCRIPTION
    if not path.is_file():
        raise UserError(
            f"{model}: no {DESCRIPTION}; expected a folder that `snakemake models` wrote, below results/models"
        )
    return read_json(path)


def prepare(model: Path, sheet: Path, out: Path, image: str, cores: int) -> Path:
    """Preprocess the scans of a sheet as the model's study did; returns the packed images."""
    target = f"results/volumes/{IMAGES.get(image, image)}.npy"
    words = [sys.executable, "-m", "snakemake", target, "--snakefile", REPOSITORY / "Snakefile", "--directory", out]
    words += ["--cores", cores, "--keep-going", "--rerun-incomplete", "--configfile", model.absolute() / "study.yaml"]
    words += ["--config", f"cohort={sheet.absolute()}", "allow_exclusions=true"]
    if find_spec("snakemake") is None or not (REPOSITORY / "Snakefile").is_file():
        raise UserError("the workflow is not beside the package; install from a clone with `make` or pip install -e .")
    if subprocess.run(list(map(str, words))).returncode:
        raise UserError(f"preprocessing stopped; its messages stand above, the logs in {out / 'logs'}")
    return out / target


def warnings(row: pd.Series, known: dict) -> str:
    """Why a prediction may not hold for this scan; empty where nothing is known against it."""
    told = []
    ages = known["folds"][0]["trained_on"]["ages"]
    if row["age"] == MISSING:
        told.append("age not known")
    elif ages and not ages[0] <= float(row["age"]) <= ages[1]:
        told.append(f"age {row['age']} outside of training ({ages[0]:.0f} to {ages[1]:.0f})")
    if row["dataset"] in known["folds"][0]["trained_on"]["datasets"]:
        told.append("its dataset was trained on: this participant may have been, too")
    return "; ".join(told)


def predict(model: Path, bids: Path | None, sheet: Path | None, out: Path, device: str, cores: int) -> str:
    """Write `predictions.tsv` in `out`: a probability of the positive class per fold and their mean, with warnings.

    Scans come from a BIDS dataset or from a cohort sheet. Returns a summary for the console.
    """
    known = describe(model)
    out.mkdir(parents=True, exist_ok=True)
    if bids:
        sheet = out / "cohort.tsv"
        make_sheet([Dataset(bids, Path(bids).resolve().name, "external", PRESETS["generic"])], sheet, {})
    assert sheet is not None
    rows = read_sheet(sheet)
    packed = prepare(model, sheet, out, known["settings"]["image"], cores)
    scans = read_table(packed.with_suffix(".tsv")).merge(rows, on=["participant_id", "session_id"])
    how, volumes = Arithmetic(training_device(device)), np.load(packed, mmap_mode="r")
    for number, fold in enumerate(known["folds"]):
        weights = load_weights(model / fold["weights"])
        by_part = part_probabilities(
            known["settings"], known["resolution_mm"], weights, volumes, np.arange(len(scans)), how
        )
        scans[f"fold_{number}"] = by_part @ fold["vote_weights"]
    folds = [f"fold_{number}" for number in range(len(known["folds"]))]
    scans["ensemble"] = scans[folds].mean(axis=1)
    scans["prediction"] = np.where(scans["ensemble"] > 0.5, *(_shown(known, s) for s in ("positive", "negative")))
    scans["warnings"] = [warnings(row, known) or MISSING for _, row in scans.iterrows()]
    columns = ["participant_id", "session_id", *folds, "ensemble", "prediction", "warnings"]
    write_table(out / "predictions.tsv", scans[columns].round(6))
    return summary(known, scans, out)


def _shown(known: dict, side: str) -> str:
    value = known["classes"][side]
    return value if isinstance(value, str) else ", ".join(value)


def summary(known: dict, scans: pd.DataFrame, out: Path) -> str:
    """What was predicted, who was left out, and what it is good for."""
    lines = [f"{out / 'predictions.tsv'}: {len(scans)} scans, probability of {_shown(known, 'positive')}"]
    lines += [f"  {name}: {n}" for name, n in scans["prediction"].value_counts().sort_index().items()]
    left = read_table(out / "results/cohort/excluded.tsv")
    lines += [f"  left out: {r.participant_id} {r.session_id}: {r.reason}" for r in left.itertuples()]
    if known["simulated"]:
        lines.append("  This model was trained on simulated images: its predictions mean nothing.")
    return "\n".join(
        [*lines, "  For research; not a medical device. What it was made of: docs/README.md of the model."]
    )
