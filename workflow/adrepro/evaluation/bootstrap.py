"""Metrics of all approaches over the same bootstrap replicates, so that their differences are paired."""

import zlib
from dataclasses import dataclass

import numpy as np
import pandas as pd

from adrepro.evaluation.confidence_intervals import bca, influence, percentile
from adrepro.evaluation.metrics import replicate_weights, weighted_metrics

MEAN, ENSEMBLE = "mean", "ensemble"


@dataclass(frozen=True)
class Sampled:
    """One metric: `samples` hold its value, then that of each replicate; `influences` that of each participant."""

    samples: np.ndarray
    influences: np.ndarray

    def interval(self, level: float) -> tuple[float, float]:
        return percentile(self.samples[1:], level)

    def corrected(self, level: float) -> tuple[float, float]:
        return bca(self.samples[0], self.samples[1:], self.influences, level)


Metrics = dict[str, Sampled]


def ensemble(rows: pd.DataFrame) -> pd.DataFrame:
    """Mean score of the folds for each participant, in order of their ids, and what it says."""
    kind = rows["score_kind"].iloc[0]
    together = rows.groupby("participant_id", as_index=False).agg({"label": "first", "score": "mean"})
    together["prediction"] = (together["score"] > (0.5 if kind == "probability" else 0)).astype(int)
    return together


class Replicates:
    """Metrics of all approaches on one task, dataset and split, of each fold, their mean and their ensemble.

    `rows` are scores (see `scores.py`). Test participants are the same in all folds and get the same draw; those of a
    validation part are not, are drawn for each fold by itself, and have no ensemble. Without `calibrated`, metrics of
    probabilities, which take the most time, are left out.
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
        found = {name: Sampled(samples[name], influence(target, left_out[name])) for name in samples}
        self.found[approach, fold] = found
        self.counts[fold] = (int((target == 1).sum()), int((target == 0).sum()))
        return found


def _mean(folds: list[Sampled], apart: bool) -> Sampled:
    """Mean over folds; of other participants in each (`apart`), or of the same."""
    influences = [fold.influences for fold in folds]
    joined = np.concatenate(influences) / len(folds) if apart else np.mean(influences, axis=0)
    return Sampled(np.mean([fold.samples for fold in folds], axis=0), joined)
