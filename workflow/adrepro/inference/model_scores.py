"""Scores of scans by the fold models of an exported approach."""

from pathlib import Path

import numpy as np
from scipy.special import expit

from adrepro.config.model_kinds import REGIONAL_KINDS
from adrepro.config.reference_space import label_of
from adrepro.config.settings.approaches import ClassicalApproach, CnnApproach
from adrepro.core.arrays import read_array, read_weights
from adrepro.core.errors import UserError
from adrepro.core.tables import read_table
from adrepro.inference.exported_model import STUDY, ExportedModel
from adrepro.models.fold_data import select

IMAGES = {"GM": "GM_unsmoothed"}  # stacked under another name than in the settings
REGIONAL = "results/features/regional.tsv"
FEATURES = {"volume": REGIONAL, "density": "results/features/regional_density.tsv"}
MAPS = "results/volumes/GM.npy"


def required_files(settings: CnnApproach | ClassicalApproach) -> list[str]:
    """Return the files of a study that a model needs to predict.

    Parameters
    ----------
    settings : CnnApproach or ClassicalApproach
        Settings of the approach.

    Returns
    -------
    list of str
        Paths in the folder of a study; the first holds the stacked images or the features.
    """
    if isinstance(settings, CnnApproach):
        return [f"results/volumes/{IMAGES.get(settings.image, settings.image)}.npy"]
    if settings.kind not in REGIONAL_KINDS:
        return [MAPS, REGIONAL]
    table = FEATURES[settings.features]
    return [table.replace(".tsv", f"_{label_of(settings.atlas)}.tsv") if settings.atlas else table, REGIONAL]


def network_scores(model: Path, exported: ExportedModel, stacked: Path, device: str) -> np.ndarray:
    """Return the probability of the positive class of each image by each fold model of a CNN.

    Probabilities of the input regions are averaged with the aggregation weights of the fold model.

    Parameters
    ----------
    model : Path
        Folder of the exported model.
    exported : ExportedModel
        Its description.
    stacked : Path
        Stacked images in template space (`.npy`).
    device : str
        `auto`, `cpu` or `cuda`.

    Returns
    -------
    ndarray, shape (images, folds)
    """
    from adrepro.models.deep.precision import ComputePolicy, training_device
    from adrepro.models.deep.predict_regions import region_probabilities
    from adrepro.models.deep.weights import load_weights

    settings = exported.settings
    assert isinstance(settings, CnnApproach)
    policy, volumes = ComputePolicy(training_device(device)), read_array(stacked)
    every = np.arange(len(volumes))
    scores = []
    for fold in exported.folds:
        weights = load_weights(model / fold.weights)
        by_region = region_probabilities(settings, exported.resolution_mm, weights, volumes, every, policy)
        scores.append(by_region @ fold.aggregation_weights)
    return np.stack(scores, axis=1)


def classical_scores(model: Path, exported: ExportedModel, features: Path, regional: Path) -> np.ndarray:
    """Return the score of each scan by each fold model of a linear classifier.

    Parameters
    ----------
    model : Path
        Folder of the exported model.
    exported : ExportedModel
        Its description.
    features : Path
        Regional features (TSV), or stacked gray-matter maps in template space (`.npy`).
    regional : Path
        Regional features with the total intracranial volume (TSV).

    Returns
    -------
    ndarray, shape (scans, folds)
        Probabilities of logistic regression, decision values of support vector machines.

    Raises
    ------
    UserError
        If the features are not those of the model.
    """
    settings, tiv = exported.settings, read_table(regional)
    assert isinstance(settings, ClassicalApproach)
    if settings.kind in REGIONAL_KINDS:
        rows = read_table(features)
        missing = [name for name in exported.features if name not in rows]
        if missing:
            raise UserError(f"{features}: no column {missing[0]}; use the atlas of the model, see {model / STUDY}")
        values = rows[exported.features].astype(float).to_numpy()
    else:
        rows = read_table(features.with_suffix(".tsv"))
        values = read_array(features).reshape(len(rows), -1)
    if settings.normalize_by_tiv:
        values = values / tiv["tiv_ml"].astype(float).to_numpy()[select(tiv, rows)][:, None]
    folds = [read_weights(model / fold.weights) for fold in exported.folds]
    if any(not set(fold) >= {"weights", "intercept"} or len(fold["weights"]) != values.shape[1] for fold in folds):
        raise UserError(f"{model}: its weights do not fit {values.shape[1]} features; write the model again")
    decisions = np.stack([values @ fold["weights"] + fold["intercept"][0] for fold in folds], axis=1)
    return expit(decisions) if exported.score_kind == "probability" else decisions
