"""`adrepro predict`: preprocess new scans as a study did, and apply the models of one of its approaches."""

import hashlib
from collections.abc import Mapping
from pathlib import Path

import numpy as np
import pandas as pd

from adrepro.cohort.bids.bids_index import ANY
from adrepro.cohort.bids.dataset_index import Dataset, index_dataset
from adrepro.cohort.bids.scan_sheet import scan_sheet
from adrepro.cohort.cohort_sheet import COLUMNS, EXCLUDED, EXCLUDED_COLUMNS, KEYS, read_sheet
from adrepro.cohort.tables.clinical_presets import CLINICAL, PRESETS
from adrepro.config.settings.approaches import CnnApproach
from adrepro.core.errors import UserError, raise_if_any
from adrepro.core.files import MISSING, read_json, write_json
from adrepro.core.tables import read_table, write_table
from adrepro.inference.exported_model import STUDY, ExportedModel, read_model
from adrepro.inference.model_scores import REGIONAL, classical_scores, network_scores, required_files
from adrepro.inference.run_workflow import run_workflow

PREDICTIONS = "predictions.tsv"


def scan_warnings(row: pd.Series, exported: ExportedModel) -> str:
    """Return why a prediction may not be valid for a scan.

    Parameters
    ----------
    row : Series
        Row of the cohort sheet.
    exported : ExportedModel
        Description of the model.

    Returns
    -------
    str
        Reasons joined by semicolons, or an empty string.
    """
    notes = []
    ages = exported.folds[0].trained_on.ages
    if row["age"] == MISSING:
        notes.append("age missing")
    elif ages and not ages[0] <= float(row["age"]) <= ages[1]:
        notes.append(f"age {row['age']} outside of the training range ({ages[0]:.0f} to {ages[1]:.0f})")
    if row["dataset"] in exported.folds[0].trained_on.datasets:
        notes.append("dataset was used for training: this participant may be in the training set")
    return "; ".join(notes)


def predict(
    model: Path,
    bids: Path | None,
    sheet: Path | None,
    out: Path,
    device: str,
    cores: int,
    entities: Mapping[str, str] = ANY,
) -> str:
    """Predict the scans of a BIDS dataset or of a cohort sheet, and write `predictions.tsv`.

    The table has a score of the positive class per fold model, their mean (`ensemble`), the predicted class and
    warnings. Scores are probabilities, or decision values of support vector machines (positive for the positive class).

    Parameters
    ----------
    model : Path
        Folder of an exported model.
    bids, sheet : Path, optional
        BIDS dataset, or cohort sheet; one of the two.
    out : Path
        Folder to write: preprocessed scans and `predictions.tsv`.
    device : str
        `auto`, `cpu` or `cuda`.
    cores : int
        Cores of the preprocessing.
    entities : mapping of str to str
        Entities that the names of images must hold.

    Returns
    -------
    str
        Summary for the console.

    Raises
    ------
    UserError
        If the model or the scans cannot be used, or the folder holds other files.
    """
    exported, source = read_model(model), bids or sheet
    assert source is not None
    claim(out, source)
    if bids:
        sheet = out / "cohort.tsv"
        table, ignored = prediction_sheet(bids, entities)
        write_table(sheet, table)
        write_table(out / EXCLUDED, pd.DataFrame(ignored, columns=list(EXCLUDED_COLUMNS)))
    assert sheet is not None
    rows = read_sheet(sheet)
    files = required_files(exported.settings)
    run_workflow(files, sheet, out, [model / STUDY], cores)
    first = out / files[0]
    if isinstance(exported.settings, CnnApproach):
        scores = network_scores(model, exported, first, device)
    else:
        scores = classical_scores(model, exported, first, out / REGIONAL)
    scans = predictions_table(read_table(first.with_suffix(".tsv"))[KEYS].merge(rows), scores, exported)
    write_table(out / PREDICTIONS, scans.round(6))
    return summary(exported, scans, out)


def claim(out: Path, source: Path) -> None:
    """Mark a folder as that of predictions of some scans, so that no other files are overwritten.

    Their preprocessed scans serve further models.

    Parameters
    ----------
    out : Path
        Folder to write; created if it does not exist.
    source : Path
        Dataset or sheet of the scans.

    Raises
    ------
    UserError
        If the folder holds files of a study, the work on other scans, or finished predictions.
    """
    marker, predictions = out / "prediction.json", out / PREDICTIONS
    # Not the path itself, which would be told wherever the folder is shared.
    identity = {"scans": hashlib.sha256(str(source.resolve()).encode()).hexdigest()}
    if predictions.exists():
        raise UserError(f"{predictions}: exists and is not overwritten; rename it, or choose another --out")
    if not marker.exists() and out.exists() and any(out.iterdir()):
        raise UserError(f"{out}: holds other files, which a prediction could change; choose a new --out")
    if marker.exists() and read_json(marker) != identity:
        raise UserError(f"{out}: holds the work on other scans; choose a new --out")
    write_json(marker, identity)


def prediction_sheet(bids: Path, entities: Mapping[str, str] = ANY) -> tuple[pd.DataFrame, list[tuple[str, str, str]]]:
    """Return a sheet of all scans of a dataset, with the clinical values that its tables have, and what is left out.

    Parameters
    ----------
    bids : Path
        BIDS dataset, with or without `participants.tsv`.
    entities : mapping of str to str
        Entities that the names of images must hold.

    Returns
    -------
    sheet : DataFrame
        Cohort sheet with absolute paths.
    ignored : list of tuple
        Participant, session and reason.

    Raises
    ------
    UserError
        If there is no scan, or a table of the dataset cannot be read.
    """
    sheet, ignored = scan_sheet(bids, [], [], entities)
    sheet["role"] = "external"
    if (bids / "participants.tsv").exists():
        found = index_dataset(Dataset(bids, sheet["dataset"].iloc[0], "external", PRESETS["generic"]), bids, [], [])
        raise_if_any(found.problems, str(bids))
        known = pd.DataFrame(found.rows, columns=list(COLUMNS))[[*KEYS, *CLINICAL, "months"]]
        scans = sheet.drop(columns=[*CLINICAL, "months"])
        sheet = scans.merge(known, on=KEYS, how="left").fillna(MISSING)[list(COLUMNS)]
    return sheet, ignored


def predictions_table(scans: pd.DataFrame, scores: np.ndarray, exported: ExportedModel) -> pd.DataFrame:
    """Return the table of predictions.

    Parameters
    ----------
    scans : DataFrame
        Row of the cohort sheet of each scan.
    scores : ndarray, shape (scans, folds)
        Scores of the fold models.
    exported : ExportedModel
        Description of the model.

    Returns
    -------
    DataFrame
        `participant_id session_id`, `fold_<k>` for each fold model, `ensemble prediction warnings`.
    """
    folds = [f"fold_{number}" for number in range(len(exported.folds))]
    table = scans[KEYS].copy()
    table[folds] = scores
    table["ensemble"] = scores.mean(axis=1)
    threshold = 0.5 if exported.score_kind == "probability" else 0
    table["prediction"] = np.where(
        table["ensemble"] > threshold, exported.labels("positive"), exported.labels("negative")
    )
    table["warnings"] = [scan_warnings(row, exported) or MISSING for _, row in scans.iterrows()]
    return table


def summary(exported: ExportedModel, scans: pd.DataFrame, out: Path) -> str:
    """Return a summary for the console: predictions by class, excluded scans and intended use.

    Parameters
    ----------
    exported : ExportedModel
        Description of the model.
    scans : DataFrame
        Table of predictions.
    out : Path
        Folder with `predictions.tsv` and `results/cohort/excluded.tsv`.

    Returns
    -------
    str
        Several lines.
    """
    scores = "probability of" if exported.score_kind == "probability" else "decision values, above 0 for"
    lines = [f"{out / PREDICTIONS}: {len(scans)} scans, {scores} {exported.labels('positive')}"]
    lines += [f"  {name}: {n}" for name, n in scans["prediction"].value_counts().sort_index().items()]
    excluded = read_table(out / "results/cohort/excluded.tsv")
    lines += [f"  excluded: {r.participant_id} {r.session_id}: {r.reason}" for r in excluded.itertuples()]
    if exported.simulated:
        lines.append("  This model was trained on simulated images: its predictions are meaningless for real scans.")
    return "\n".join(
        [*lines, "  For research only; not a medical device. Training data and results: docs/README.md of the model."]
    )
