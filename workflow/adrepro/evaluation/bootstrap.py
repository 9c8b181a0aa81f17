"""Paired bootstrap: metrics of all approaches over the same replicates."""

import zlib
from dataclasses import dataclass

import numpy as np
import pandas as pd

from adrepro.evaluation.confidence_intervals import bca, jackknife_influence, percentile
from adrepro.evaluation.metrics import replicate_weights, weighted_metrics

MEAN, ENSEMBLE = "mean", "ensemble"


@dataclass(frozen=True)
class BootstrapMetric:
    """Value of one metric, its bootstrap distribution and its jackknife influences.

    Attributes
    ----------
    samples : ndarray, shape (replicates + 1,)
        Value on the data, then on each bootstrap replicate; NaN where it is not defined.
    influences : ndarray, shape (participants,)
        Jackknife influence of each participant.
    """

    samples: np.ndarray
    influences: np.ndarray

    def interval(self, confidence_level: float) -> tuple[float, float]:
        """Return the percentile interval at a confidence level between 0 and 1.

        Parameters
        ----------
        confidence_level : float
            Between 0 and 1.

        Returns
        -------
        tuple of float
            Lower and upper limit.
        """
        return percentile(self.samples[1:], confidence_level)

    def corrected(self, confidence_level: float) -> tuple[float, float]:
        """Return the bias-corrected and accelerated (BCa) interval at a confidence level between 0 and 1.

        Parameters
        ----------
        confidence_level : float
            Between 0 and 1.

        Returns
        -------
        tuple of float
            Lower and upper limit.
        """
        return bca(self.samples[0], self.samples[1:], self.influences, confidence_level)


Metrics = dict[str, BootstrapMetric]


def ensemble(rows: pd.DataFrame) -> pd.DataFrame:
    """Return the mean score over folds of each participant, with the predicted class.

    Parameters
    ----------
    rows : DataFrame
        Scores of one approach on one task, dataset and split: `participant_id label score score_kind` of every fold.

    Returns
    -------
    DataFrame
        One row `participant_id label score prediction` per participant, sorted by id. Probabilities are thresholded
        at 0.5, decision values at 0.
    """
    kind = rows["score_kind"].iloc[0]
    together = rows.groupby("participant_id", as_index=False).agg({"label": "first", "score": "mean"})
    together["prediction"] = (together["score"] > (0.5 if kind == "probability" else 0)).astype(int)
    return together


class PairedBootstrap:
    """Bootstrap metrics of all approaches on one task, dataset and split: per fold, mean over folds and ensemble.

    All approaches share their replicates, so that differences between approaches are paired. Test participants are the
    same in all folds and share them over folds too. Validation participants differ between folds: they are resampled
    for each fold separately, and have no ensemble.

    Parameters
    ----------
    rows : DataFrame
        Scores of one task, dataset and split, with the columns of `adrepro.models.predictions`.
    replicates : int
        Number of bootstrap replicates.
    seed : int
        Seed of the resampling; task, dataset and split (and the fold, for validation) are added to it.
    calibrated : bool, optional
        Whether to compute the metrics of probabilities, which take the most time.

    Attributes
    ----------
    found : dict of (str, str) to dict of str to BootstrapMetric
        Metrics by approach and fold (a number, `mean` or `ensemble`), then by name.
    counts : dict of str to (int, int)
        Positive and negative participants by fold.
    """

    def __init__(self, rows: pd.DataFrame, replicates: int, seed: int, calibrated: bool = True) -> None:
        self.replicates, self.seed = replicates, seed
        self.name = "/".join(rows.iloc[0][["task", "dataset", "split"]])
        self.found: dict[tuple[str, str], Metrics] = {}
        self.counts: dict[str, tuple[int, int]] = {}
        validation = rows["split"].iloc[0] == "validation"
        for approach, own in rows.groupby("approach", sort=True):
            kind = calibrated and own["score_kind"].iloc[0] == "probability"
            folds = []
            for fold, part in own.groupby("fold", sort=True):
                key = f"{self.name}/{int(fold)}" if validation else self.name
                folds.append(self._measure(str(approach), f"{int(fold)}", part, key, kind))
            self.found[str(approach), MEAN] = {
                metric: _mean([fold[metric] for fold in folds], apart=validation) for metric in folds[0]
            }
            people = own.drop_duplicates("participant_id")["label"]
            self.counts[MEAN] = (int((people == 1).sum()), int((people == 0).sum()))
            if not validation:
                self._measure(str(approach), ENSEMBLE, ensemble(own), self.name, kind)

    def _measure(self, approach: str, fold: str, part: pd.DataFrame, key: str, probability: bool) -> Metrics:
        part = part.sort_values("participant_id")
        target, score, prediction = (part[name].to_numpy() for name in ("label", "score", "prediction"))
        weights = replicate_weights(
            target, self.replicates, np.random.default_rng([self.seed, zlib.crc32(key.encode())])
        )
        samples = weighted_metrics(target, score, prediction, weights, probability)
        without = 1 - np.eye(len(target), dtype=np.float32)
        left_out = weighted_metrics(target, score, prediction, without, probability)
        found = {name: BootstrapMetric(samples[name], jackknife_influence(target, left_out[name])) for name in samples}
        self.found[approach, fold] = found
        self.counts[fold] = (int((target == 1).sum()), int((target == 0).sum()))
        return found


def _mean(folds: list[BootstrapMetric], apart: bool) -> BootstrapMetric:
    """Return the mean over folds, which have different participants (`apart`) or the same."""
    influences = [fold.influences for fold in folds]
    joined = np.concatenate(influences) / len(folds) if apart else np.mean(influences, axis=0)
    return BootstrapMetric(np.mean([fold.samples for fold in folds], axis=0), joined)
