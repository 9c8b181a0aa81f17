"""Machines on grey matter: what they are given, what they learn from a part of it, and how they judge the rest."""

from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import pandas as pd

from adrepro.config.model_kinds import REGIONAL_KINDS
from adrepro.core.errors import UserError
from adrepro.core.files import read_array, read_table
from adrepro.features.linear_kernel import weighted_sum
from adrepro.models.classical.confounds import combat, design, residual_maker
from adrepro.models.classical.estimators import choose_c, fit, forest
from adrepro.models.predictions import select

KEYS = ["participant_id", "session_id"]


@dataclass(frozen=True)
class Inputs:
    """Grey matter of the scans of a fold, one row each: regional features, or inner products of whole maps.

    `covariates` holds what a configuration may name: columns of the sheet and `tiv_ml`; `maps` and `positions` say
    in which file the voxels are from which the products were made.
    """

    features: np.ndarray | None  # (scans, regions)
    products: np.ndarray | None  # (scans, scans)
    covariates: pd.DataFrame
    people: np.ndarray
    names: list[str] = field(default_factory=list)
    maps: Path | None = None
    positions: np.ndarray | None = None


@dataclass(frozen=True)
class Learnt:
    """Scores of all rows, what to record of the machine, and its weights on raw features (importances of a forest).

    Where scores are nothing but `features @ weights + intercept` (of a probability: its logit), new scans can be judged
    by these alone; else `intercept` is None.
    """

    scores: np.ndarray
    kind: str
    record: dict
    weights: np.ndarray
    intercept: float | None = None

    @property
    def threshold(self) -> float:
        """Above it a scan is called positive."""
        return 0.5 if self.kind == "probability" else 0.0


def read_inputs(
    features: Path, products: list[Path], regional: Path, cohort: pd.DataFrame, rows: pd.DataFrame, settings: dict
) -> Inputs:
    """The inputs of an approach for `rows` (see `fold_rows`).

    `features` is a regional table, or packed maps whose Gram matrix is `products` and whose index lies beside them.
    """
    volumes = read_table(regional)
    at = select(volumes, rows)
    covariates = rows[KEYS].merge(cohort, on=KEYS, how="left").assign(tiv_ml=volumes["tiv_ml"].to_numpy()[at])
    tiv = covariates["tiv_ml"].astype(float).to_numpy()
    people = rows["participant_id"].to_numpy()
    if settings["kind"] in REGIONAL_KINDS:
        table = read_table(features)
        columns = [name for name in table.columns if name not in (*KEYS, "tiv_ml")]
        values = table[columns].astype(float).to_numpy()[select(table, rows)]
        values = values / tiv[:, None] if settings["divide_by_tiv"] else values
        return Inputs(values, None, covariates, people, columns)
    positions = select(read_table(features.with_suffix(".tsv")), rows)
    own = read_array(products[0])[np.ix_(positions, positions)]
    own = own / np.outer(tiv, tiv) if settings["divide_by_tiv"] else own
    return Inputs(None, own, covariates, people, [], features, positions)


def learn(inputs: Inputs, training: np.ndarray, target: np.ndarray, settings: dict, seed: int) -> Learnt:
    """Fit one machine on the rows `training` and score every row; all that is learnt is learnt from those rows.

    Parameters
    ----------
    target : ndarray of int, shape (scans,)
        0 or 1; read for the training rows alone.
    settings : dict
        `kind adjust harmonise unit_length standardise c_grid inner_folds trees`.
    """
    if len(np.unique(target[training])) < 2:
        raise UserError("the training part holds one class only; lower splits.folds")
    columns, told = design(inputs.covariates[settings["adjust"]], training)
    residual, _ = residual_maker(columns, training)
    if inputs.features is None:
        return _on_products(inputs, residual, training, target, settings, seed, told)
    values = inputs.features
    if settings["harmonise"]:
        site, kept = inputs.covariates[settings["harmonise"]], inputs.covariates[settings["keep"]]
        values, more = combat(values, site, kept, training)
        told += more
    values = residual @ values
    spread = values[training].std(axis=0) if settings["standardise"] else np.ones(values.shape[1])
    spread = np.where(spread > 1e-9, spread, np.inf)  # a constant region says nothing
    length = _length((values[training] / spread) ** 2 @ np.ones(values.shape[1]), settings)
    values, raw = values / spread / length, 1 / spread / length
    record = {"features": values.shape[1], "notes": sorted(told), "training": len(training)}
    if settings["kind"] == "forest_regional":
        trees = forest(values[training], target[training], settings["trees"], seed)
        return Learnt(trees.predict_proba(values)[:, 1], "probability", record, trees.feature_importances_)
    kind = "svm" if settings["kind"] == "svm_regional" else "logistic"
    given = values @ values[training].T if kind == "svm" else values
    c, inner = choose_c(
        kind,
        given[training],
        target[training],
        inputs.people[training],
        settings["c_grid"],
        settings["inner_folds"],
        seed,
    )
    machine = fit(kind, given[training], target[training], c)
    record |= {"c": c, "inner_folds": inner}
    decisions = machine.decision_function(given)
    own = machine.coef_[0] if kind == "logistic" else machine.dual_coef_[0] @ values[training][machine.support_]
    weights = own * raw
    intercept = _intercept(decisions, inputs.features @ weights, settings)
    if kind == "logistic":
        return Learnt(machine.predict_proba(values)[:, 1], "probability", record, weights, intercept)
    return Learnt(decisions, "decision", record, weights, intercept)


def _on_products(
    inputs: Inputs,
    residual: np.ndarray,
    training: np.ndarray,
    target: np.ndarray,
    settings: dict,
    seed: int,
    told: list[str],
) -> Learnt:
    """An SVM on inner products of maps; its weights are a sum of the training maps."""
    assert inputs.products is not None and inputs.maps is not None and inputs.positions is not None
    kernel = residual @ inputs.products @ residual.T
    length = _length(np.diag(kernel)[training], settings)
    kernel = kernel / length**2
    inside = kernel[np.ix_(training, training)]
    c, inner = choose_c(
        "svm", inside, target[training], inputs.people[training], settings["c_grid"], settings["inner_folds"], seed
    )
    machine = fit("svm", inside, target[training], c)
    share = residual[training[machine.support_]].T @ machine.dual_coef_[0] / length**2  # of each map in the weights
    decisions = machine.decision_function(kernel[:, training])
    intercept = _intercept(decisions, inputs.products @ share, settings)
    if settings["divide_by_tiv"]:
        share = share / inputs.covariates["tiv_ml"].astype(float).to_numpy()
    used = np.flatnonzero(share)
    weights = weighted_sum(inputs.maps, inputs.positions[used], share[used])
    record = {"c": c, "inner_folds": inner, "features": len(weights), "notes": sorted(told), "training": len(training)}
    return Learnt(decisions, "decision", record, weights, intercept)


def _intercept(decisions: np.ndarray, linear: np.ndarray, settings: dict) -> float | None:
    """What is left of decision values beside the weighted features: the same for all, unless features were adjusted."""
    return None if settings["adjust"] or settings["harmonise"] else float(np.mean(decisions - linear))


def _length(squares: np.ndarray, settings: dict) -> float:
    """Root mean square length of the training scans, by which all are divided: one C then suits every resolution."""
    return max(float(np.sqrt(squares.mean())), 1e-12) if settings["unit_length"] else 1.0
