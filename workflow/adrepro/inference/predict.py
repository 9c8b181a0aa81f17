"""`adrepro predict`: new scans through the preprocessing of a study and the models of one of its approaches."""

import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import pandas as pd
from scipy.special import expit

from adrepro.cohort.build_sheet import Dataset, make_sheet
from adrepro.cohort.clinical_presets import PRESETS
from adrepro.cohort.cohort_sheet import read_sheet
from adrepro.config.model_kinds import CNN_KINDS, REGIONAL_KINDS, SVM_KINDS
from adrepro.config.validation import read_yaml
from adrepro.core.errors import UserError, raise_all
from adrepro.core.files import MISSING, read_array, read_json, read_table, read_weights, write_table
from adrepro.inference.export import DESCRIPTION
from adrepro.models.predictions import select

REPOSITORY = Path(__file__).parents[3]
IMAGES = {"GM": "GM_unsmoothed"}  # packed under another name than the setting's
REGIONAL = "results/features/regional.tsv"
FEATURES = {"volume": REGIONAL, "density": "results/features/regional_density.tsv"}
MAPS = "results/volumes/GM.npy"


def describe(model: Path) -> dict:
    """What an exported model says of itself."""
    path = model / DESCRIPTION
    if not path.is_file():
        raise UserError(
            f"{model}: no {DESCRIPTION}; expected a folder that `snakemake models` wrote, below results/models"
        )
    try:
        known = read_json(path)
        problems = [*_unfit(known), *_outside(model, known)]
    except (RecursionError, KeyError, TypeError, ValueError, AttributeError, IndexError) as error:
        problems = [f"{type(error).__name__} {error} in what it says of itself"]
    raise_all(problems, f"{path} (write the model again with `snakemake models`)")
    read_yaml(model / "study.yaml")  # as data; Snakemake would run what it is told to
    return known


def _unfit(known: dict) -> list[str]:
    """What a description lacks that prediction needs."""
    settings, folds = known["settings"], known["folds"]
    wanted = {
        "kind": (*CNN_KINDS, *SVM_KINDS),
        "image": ("T1w", "T1w_equalised", "GM", "GM_unsmoothed"),
        "features": tuple(FEATURES),
    }
    problems = [
        f"settings.{key} is {settings[key]!r}, expected one of {', '.join(values)}"
        for key, values in wanted.items()
        if key in settings and settings[key] not in values
    ]
    problems += [] if folds and all(isinstance(fold["weights"], str) for fold in folds) else ["folds: no weights"]
    if settings["kind"] in REGIONAL_KINDS and not all(isinstance(name, str) for name in known["features"]):
        problems.append("features: expected a list of names")
    if known["score_kind"] not in ("probability", "decision") or not {"positive", "negative"} <= set(known["classes"]):
        problems.append("score_kind or classes: not known")
    return problems


def _outside(model: Path, known: dict) -> list[str]:
    """Files of a description that would lie outside of the model's folder, or are not there."""
    paths = [model / fold["weights"] for fold in known["folds"]] + [model / "study.yaml"]
    inside = model.resolve()
    outside = [
        f"{path.name} lies outside of the model's folder" for path in paths if not path.resolve().is_relative_to(inside)
    ]
    return outside or [f"{path.relative_to(model)} is not there" for path in paths if not path.is_file()]


def needed(settings: dict) -> list[str]:
    """Files of a study from which a model of these settings predicts, the one with the scans first."""
    if settings["kind"] in CNN_KINDS:
        return [f"results/volumes/{IMAGES.get(settings['image'], settings['image'])}.npy"]
    return [FEATURES[settings["features"]] if settings["kind"] in REGIONAL_KINDS else MAPS, REGIONAL]


def prepare(model: Path, sheet: Path, out: Path, targets: list[str], cores: int) -> None:
    """Preprocess the scans of a sheet as the model's study did, up to the files `targets`."""
    words = [sys.executable, "-m", "snakemake", *targets, "--snakefile", REPOSITORY / "Snakefile", "--directory", out]
    words += ["--cores", cores, "--keep-going", "--rerun-incomplete", "--configfile", model.absolute() / "study.yaml"]
    words += ["--config", f"cohort={sheet.absolute()}", "allow_exclusions=true"]
    if find_spec("snakemake") is None or not (REPOSITORY / "Snakefile").is_file():
        raise UserError("the workflow is not beside the package; install from a clone with `make` or pip install -e .")
    if subprocess.run(list(map(str, words))).returncode:
        raise UserError(f"preprocessing stopped; its messages stand above, the logs in {out / 'logs'}")


def network_scores(model: Path, known: dict, packed: Path, device: str) -> np.ndarray:
    """Probability of the positive class of each packed image by each fold's networks, shape (images, folds)."""
    from adrepro.models.deep.precision import Arithmetic, training_device
    from adrepro.models.deep.weights import load_weights, part_probabilities

    how, volumes = Arithmetic(training_device(device)), read_array(packed)
    every = np.arange(len(volumes))
    found = []
    for fold in known["folds"]:
        weights = load_weights(model / fold["weights"])
        by_part = part_probabilities(known["settings"], known["resolution_mm"], weights, volumes, every, how)
        found.append(by_part @ fold["vote_weights"])
    return np.stack(found, axis=1)


def machine_scores(model: Path, known: dict, features: Path, regional: Path) -> np.ndarray:
    """Decision value, or probability, of each scan by each fold's machine, shape (scans, folds)."""
    settings, tiv = known["settings"], read_table(regional)
    if settings["kind"] in REGIONAL_KINDS:
        rows = read_table(features)
        missing = [name for name in known["features"] if name not in rows]
        if missing:
            raise UserError(f"{features}: no column {missing[0]}; the atlas is not the model's, see {model}/study.yaml")
        values = rows[known["features"]].astype(float).to_numpy()
    else:
        rows = read_table(features.with_suffix(".tsv"))
        values = read_array(features).reshape(len(rows), -1)
    if settings["divide_by_tiv"]:
        values = values / tiv["tiv_ml"].astype(float).to_numpy()[select(tiv, rows)][:, None]
    folds = [read_weights(model / fold["weights"]) for fold in known["folds"]]
    if any(not set(fold) >= {"weights", "intercept"} or len(fold["weights"]) != values.shape[1] for fold in folds):
        raise UserError(f"{model}: its weights do not fit {values.shape[1]} features; write the model again")
    decisions = np.stack([values @ fold["weights"] + fold["intercept"][0] for fold in folds], axis=1)
    return expit(decisions) if known["score_kind"] == "probability" else decisions


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

    Support vector machines give decision values instead, positive for the positive class. Scans come from a BIDS
    dataset or from a cohort sheet. Returns a summary for the console.
    """
    known = describe(model)
    out.mkdir(parents=True, exist_ok=True)
    if bids:
        sheet = out / "cohort.tsv"
        make_sheet([Dataset(bids, Path(bids).resolve().name, "external", PRESETS["generic"])], sheet, {})
    assert sheet is not None
    rows = read_sheet(sheet)
    files = needed(known["settings"])
    prepare(model, sheet, out, files, cores)
    first = out / files[0]
    if known["settings"]["kind"] in CNN_KINDS:
        scores = network_scores(model, known, first, device)
    else:
        scores = machine_scores(model, known, first, out / REGIONAL)
    scans = read_table(first.with_suffix(".tsv"))[["participant_id", "session_id"]].merge(rows)
    folds = [f"fold_{number}" for number in range(len(known["folds"]))]
    scans[folds] = scores
    scans["ensemble"] = scores.mean(axis=1)
    threshold = 0.5 if known["score_kind"] == "probability" else 0
    scans["prediction"] = np.where(scans["ensemble"] > threshold, *(_shown(known, s) for s in ("positive", "negative")))
    scans["warnings"] = [warnings(row, known) or MISSING for _, row in scans.iterrows()]
    columns = ["participant_id", "session_id", *folds, "ensemble", "prediction", "warnings"]
    write_table(out / "predictions.tsv", scans[columns].round(6))
    return summary(known, scans, out)


def _shown(known: dict, side: str) -> str:
    value = known["classes"][side]
    return value if isinstance(value, str) else ", ".join(value)


def summary(known: dict, scans: pd.DataFrame, out: Path) -> str:
    """What was predicted, who was left out, and what it is good for."""
    shown = "probability of" if known["score_kind"] == "probability" else "decision values, above 0 for"
    lines = [f"{out / 'predictions.tsv'}: {len(scans)} scans, {shown} {_shown(known, 'positive')}"]
    lines += [f"  {name}: {n}" for name, n in scans["prediction"].value_counts().sort_index().items()]
    left = read_table(out / "results/cohort/excluded.tsv")
    lines += [f"  left out: {r.participant_id} {r.session_id}: {r.reason}" for r in left.itertuples()]
    if known["simulated"]:
        lines.append("  This model was trained on simulated images: its predictions mean nothing.")
    return "\n".join(
        [*lines, "  For research; not a medical device. What it was made of: docs/README.md of the model."]
    )
