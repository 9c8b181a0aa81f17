"""Fit and apply classical classifiers within one fold."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from adrepro.config.settings.approaches import ClassicalApproach
from adrepro.core.arrays import read_array
from adrepro.core.errors import UserError
from adrepro.models.classical.confounds import combat, design, residual_maker
from adrepro.models.classical.estimators import choose_c, fit, forest
from adrepro.models.classical.feature_set import FeatureSet


@dataclass(frozen=True)
class FitResult:
    """Scores of all scans by a fitted classifier, and its weights.

    Attributes
    ----------
    scores : ndarray, shape (scans,)
        Decision values or probabilities, higher for the positive class.
    kind : {"decision", "probability"}
        Kind of the scores.
    record : dict
        Values for `model.json`: `features`, `notes`, `training` (scans), and `c` and `inner_folds` of linear models.
    weights : ndarray, shape (features,)
        Weights on the raw features; feature importances of a random forest.
    intercept : float, optional
        With it, `features @ weights + intercept` gives the scores (of probabilities: the logit), so that new scans can
        be scored. None for a random forest and for features adjusted by confounds or ComBat.
    """

    scores: np.ndarray
    kind: str
    record: dict[str, object]
    weights: np.ndarray
    intercept: float | None = None

    @property
    def threshold(self) -> float:
        """Scores above it are predictions of the positive class."""
        return 0.5 if self.kind == "probability" else 0.0


def fit_and_score(
    inputs: FeatureSet, training: np.ndarray, target: np.ndarray, settings: ClassicalApproach, seed: int
) -> FitResult:
    """Fit a classifier to the training rows and score every row.

    Adjustment, scaling, C and weights are all estimated on the training rows alone.

    Parameters
    ----------
    inputs : FeatureSet
        Features or linear kernel of all rows.
    training : ndarray of int
        Rows of the training part.
    target : ndarray of int, shape (scans,)
        0 or 1; only those of the training rows are used.
    settings : ClassicalApproach
        Complete settings of the approach.
    seed : int
        Seed of the inner folds or of the forest.

    Returns
    -------
    FitResult
        Scores of all rows.

    Raises
    ------
    UserError
        If the training rows hold one class only.
    """
    if len(np.unique(target[training])) < 2:
        raise UserError("the training part holds one class only; lower splits.folds")
    columns, notes = design(inputs.covariates[settings.confounds], training, settings.categorical)
    residual, _ = residual_maker(columns, training)
    if inputs.features is None:
        return _fit_kernel(inputs, residual, training, target, settings, seed, notes)
    return _fit_features(inputs, inputs.features, residual, training, target, settings, seed, notes)


def _fit_features(
    inputs: FeatureSet,
    features: np.ndarray,
    residual: np.ndarray,
    training: np.ndarray,
    target: np.ndarray,
    settings: ClassicalApproach,
    seed: int,
    notes: list[str],
) -> FitResult:
    """Fit an SVM, logistic regression or random forest to regional features (scans, regions)."""
    values = features
    if settings.combat:
        site, covariates = inputs.covariates[settings.combat.batch], inputs.covariates[settings.combat.covariates]
        values, combat_notes = combat(values, site, covariates, training, settings.categorical)
        notes = notes + combat_notes
    values = residual @ values
    spread = values[training].std(axis=0) if settings.standardize else np.ones(values.shape[1])
    spread = np.where(spread > 1e-9, spread, np.inf)  # constant regions have weight 0
    length = _mean_length((values[training] / spread) ** 2 @ np.ones(values.shape[1]), settings)
    values, raw = values / spread / length, 1 / spread / length
    record: dict[str, object] = {"features": values.shape[1], "notes": sorted(notes), "training": len(training)}
    if settings.kind == "random_forest_regional":
        trees = forest(values[training], target[training], settings.trees, seed)
        return FitResult(trees.predict_proba(values)[:, 1], "probability", record, trees.feature_importances_)
    kind = "svm" if settings.kind == "svm_regional" else "logistic"
    given = values @ values[training].T if kind == "svm" else values
    participants = inputs.participants[training]
    c, inner = choose_c(
        kind, given[training], target[training], participants, settings.c_grid, settings.inner_folds, seed
    )
    classifier = fit(kind, given[training], target[training], c)
    record |= {"c": c, "inner_folds": inner}
    decisions = classifier.decision_function(given)
    if kind == "logistic":
        own = classifier.coef_[0]
    else:
        own = classifier.dual_coef_[0] @ values[training][classifier.support_]
    weights = own * raw
    intercept = _intercept(decisions, features @ weights, settings)
    if kind == "logistic":
        return FitResult(classifier.predict_proba(values)[:, 1], "probability", record, weights, intercept)
    return FitResult(decisions, "decision", record, weights, intercept)


def _fit_kernel(
    inputs: FeatureSet,
    residual: np.ndarray,
    training: np.ndarray,
    target: np.ndarray,
    settings: ClassicalApproach,
    seed: int,
    notes: list[str],
) -> FitResult:
    """Fit an SVM to the linear kernel of voxel maps; its weights are a weighted sum of the training maps."""
    assert inputs.kernel is not None and inputs.maps is not None and inputs.positions is not None
    centered = residual @ inputs.kernel @ residual.T
    length = _mean_length(np.diag(centered)[training], settings)
    centered = centered / length**2
    inside = centered[np.ix_(training, training)]
    participants = inputs.participants[training]
    c, inner = choose_c("svm", inside, target[training], participants, settings.c_grid, settings.inner_folds, seed)
    classifier = fit("svm", inside, target[training], c)
    share = residual[training[classifier.support_]].T @ classifier.dual_coef_[0] / length**2  # of each map
    decisions = classifier.decision_function(centered[:, training])
    intercept = _intercept(decisions, inputs.kernel @ share, settings)
    if settings.normalize_by_tiv:
        share = share / inputs.covariates["tiv_ml"].astype(float).to_numpy()
    used = np.flatnonzero(share)
    weights = weighted_sum(inputs.maps, inputs.positions[used], share[used])
    record: dict[str, object] = {"c": c, "inner_folds": inner, "features": len(weights)}
    record |= {"notes": sorted(notes), "training": len(training)}
    return FitResult(decisions, "decision", record, weights, intercept)


def _intercept(decisions: np.ndarray, linear: np.ndarray, settings: ClassicalApproach) -> float | None:
    """Return the difference of decision values and weighted features; None if features were adjusted.

    The difference is the same for all scans, unless their features were adjusted by confounds or ComBat.
    """
    return None if settings.confounds or settings.combat else float(np.mean(decisions - linear))


def _mean_length(squares: np.ndarray, settings: ClassicalApproach) -> float:
    """Return the root mean squared norm of the training scans, or 1 if features are not scaled.

    Divided by it, features suit one grid for C at every resolution.
    """
    return max(float(np.sqrt(squares.mean())), 1e-12) if settings.scale_to_unit_norm else 1.0


def weighted_sum(path: Path, positions: np.ndarray, weights: np.ndarray) -> np.ndarray:
    """Return the weighted sum of stacked maps, which are read one at a time.

    Parameters
    ----------
    path : Path
        Stacked maps (`.npy`), shape (scans, X, Y, Z).
    positions : ndarray of int, shape (n,)
        Maps to sum.
    weights : ndarray, shape (n,)
        Weight of each.

    Returns
    -------
    ndarray, shape (voxels,)
        Weighted sum, flattened in C order.
    """
    total = np.zeros(int(np.prod(read_array(path).shape[1:])))
    for position, weight in zip(positions, weights, strict=True):
        total += weight * read_array(path)[position].ravel()
    return total
