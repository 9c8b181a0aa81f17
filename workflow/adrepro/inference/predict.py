"""`adrepro predict`: preprocess new scans as a study did, and apply the models of one of its approaches."""

from collections.abc import Mapping
from pathlib import Path

import numpy as np
import pandas as pd

from adrepro.cohort.bids.bids_index import ANY
from adrepro.cohort.cohort_sheet import EXCLUDED, EXCLUDED_COLUMNS, KEYS, read_sheet
from adrepro.config.settings.approaches import CnnApproach
from adrepro.core.files import MISSING
from adrepro.core.tables import read_table, write_table
from adrepro.inference.exported_model import STUDY, ExportedModel, read_model
from adrepro.inference.model_scores import REGIONAL, classical_scores, network_scores, required_files
from adrepro.inference.prediction_input import PREDICTIONS, claim, prediction_sheet
from adrepro.inference.run_workflow import run_workflow


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
    exported = read_model(model)
    if sheet:
        rows = read_sheet(sheet)
        claim(out, sheet)
    else:
        assert bids is not None
        rows, ignored = prediction_sheet(bids, entities)
        claim(out, bids)
        sheet = out / "cohort.tsv"
        write_table(sheet, rows)
        write_table(out / EXCLUDED, pd.DataFrame(ignored, columns=list(EXCLUDED_COLUMNS)))
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
