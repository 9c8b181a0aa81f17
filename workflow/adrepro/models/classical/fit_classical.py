"""Fit and score one classical approach in one fold."""

from pathlib import Path

import numpy as np
import pandas as pd
from safetensors.numpy import save_file

from adrepro.config.model_kinds import LINEAR_KINDS
from adrepro.config.settings.approaches import ClassicalApproach
from adrepro.config.training_purposes import Purpose
from adrepro.core import step
from adrepro.core.files import replacing, write_json
from adrepro.core.tables import read_table
from adrepro.models.classical.feature_set import read_inputs
from adrepro.models.classical.pipeline import fit_and_score
from adrepro.models.fold_data import fold_rows, fold_seed, select, training_targets
from adrepro.models.predictions import write_scores, write_training


def training_and_scored_rows(
    split: Path, fitted_split: Path, visits: list[Path], settings: ClassicalApproach, seed: int
) -> tuple[pd.DataFrame, np.ndarray]:
    """Return the training rows, followed by the rows to score, and the target of each.

    Parameters
    ----------
    split : Path
        TSV of the fold of the task whose validation, test and external participants are scored.
    fitted_split : Path
        TSV of the fold of the task whose training participants the model is fitted to; often the same.
    visits : list of Path
        Visits of the task, see `fold_data.fold_rows`.
    settings : ClassicalApproach
        `permute_labels` is used.
    seed : int
        Seed of the permutation of labels.

    Returns
    -------
    rows : DataFrame
        Columns of `fold_data.fold_rows`.
    target : ndarray of int, shape (rows,)
        0 or 1; permuted where `settings.permute_labels` is true.
    """
    fitted = fold_rows(fitted_split, visits)
    target = training_targets(fitted, settings.permute_labels, seed)
    training = (fitted["split"] == "train").to_numpy()
    scored = fold_rows(split)
    scored = scored[scored["split"] != "train"]
    rows = pd.concat([fitted[training], scored], ignore_index=True)
    return rows, np.concatenate([target[training], scored["target"].to_numpy()])


def fit_classical(
    features: Path,
    kernel: list[Path],
    regional: Path,
    cohort: list[Path],
    split: Path,
    fitted_split: Path,
    visits: list[Path],
    scores: Path,
    training: Path,
    model: Path,
    weights: Path,
    task: str,
    approach: str,
    fold: int,
    settings: ClassicalApproach,
    seed: int,
) -> None:
    """Fit a classical approach to the training part of one fold; score validation, test and external participants.

    Parameters
    ----------
    features : Path
        Regional features (TSV), or stacked gray-matter maps (`.npy`, template space) with their index beside them
        (`.tsv`) (input).
    kernel : list of Path
        Linear kernel of the stacked maps (`.npy`), shape (scans, scans); empty for regional features (input).
    regional : Path
        TSV of regional volumes, of which `tiv_ml` and the list of scans are used (input).
    cohort : list of Path
        Cohort sheet (TSV), for confounds and sites; empty for an approach without (input).
    split, fitted_split : Path
        TSV of the fold of the task to score and of the task to fit: `participant_id session_id dataset label target
        split` (input).
    visits : list of Path
        TSV of all visits of the training participants, for longitudinal training data; else empty (input).
    scores : Path
        TSV of predictions, see `predictions.write_scores` (output).
    training : Path
        TSV of the scans used, by purpose, for the leakage checks (output).
    model : Path
        JSON with C, inner folds, number and names of features, kind of scores, and notes (output).
    weights : Path
        Safetensors: `weights` on the raw features or voxels, and `intercept` where it exists (output).
    task, approach : str
        Names of the task and the approach.
    fold : int
        Number of the fold.
    settings : ClassicalApproach
        Complete settings of the approach.
    seed : int
        Seed of the study.

    Raises
    ------
    UserError
        If the training part holds one class only.
    """
    own_seed = fold_seed(seed, settings.train_task or task, approach, fold)
    rows, target = training_and_scored_rows(split, fitted_split, visits, settings, own_seed)
    inputs = read_inputs(features, kernel, regional, cohort, rows, settings)
    fitted = np.flatnonzero(rows["split"] == "train")
    result = fit_and_score(inputs, fitted, target, settings, seed)
    write_scores(scores, rows, result.scores, result.kind, result.threshold, (task, approach, fold))
    index = read_table(regional)
    purposes = [Purpose.WEIGHTS, Purpose.SCALING]
    purposes += [Purpose.CHOICE_OF_C] if settings.kind in LINEAR_KINDS else []
    purposes += [Purpose.COMBAT] if settings.combat else []
    purposes += [Purpose.CONFOUNDS] if settings.confounds else []
    write_training(training, index, dict.fromkeys(purposes, select(index, rows.iloc[fitted])))
    arrays = {"weights": result.weights}
    if result.intercept is not None:
        arrays["intercept"] = np.array([result.intercept])
    with replacing(weights) as temporary:
        save_file(arrays, temporary)
    print(result.record)
    write_json(model, result.record | {"names": inputs.names, "score_kind": result.kind})


if __name__ == "__main__":
    step.run(fit_classical)
