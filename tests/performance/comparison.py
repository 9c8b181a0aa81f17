"""Coverage of the confidence intervals, type I error of the tests, and run time of the comparison.

`python tests/performance/comparison.py [--studies 2000] [--per-class 60] [--replicates 1000]`

Studies are simulated from normal scores; two million simulated participants give the true metrics. Coverage is the
proportion of studies whose 95 % interval contains the true value: percentile and BCa intervals of each metric, Wilson
and exact intervals of proportions, and bootstrap and DeLong intervals of the difference of two paired approaches.
Type I error is the proportion of studies in which tests of two equal approaches reject at 5 % and at 5 % / 15. Run time
is that of 10,000 paired replicates and permutations of all metrics of 12 approaches on 500 participants, on one core.
The largest differences from scikit-learn's metrics are printed too. The last line is JSON.
"""

import os

os.environ |= {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"}

import argparse  # noqa: E402
import json  # noqa: E402
import time  # noqa: E402
from collections import defaultdict  # noqa: E402

import numpy as np  # noqa: E402

from adrepro.evaluation.confidence_intervals import bca, jackknife_influence, percentile, proportion  # noqa: E402
from adrepro.evaluation.metrics import replicate_weights, weighted_metrics  # noqa: E402
from adrepro.evaluation.paired_tests import delong
from adrepro.evaluation.permutation_test import auc_shares, balanced_accuracy_shares, draw_signs, permutation_p

DISTANCES = (1.4, 1.0)  # between the class means of the two approaches, in standard deviations
SHARED = 0.6  # variance of the scores that both approaches share
SLOPE = 0.8  # of the log-odds; below 1, probabilities are less extreme than they should be


def draw(
    per_class: int, rng: np.random.Generator, distances: tuple[float, float] = DISTANCES
) -> tuple[np.ndarray, list[np.ndarray]]:
    """Return targets and the probabilities of two approaches with correlated errors.

    Parameters
    ----------
    per_class : int
        Participants of each class.
    rng : numpy.random.Generator
    distances : (float, float), optional
        Distance between the class means of each approach, in standard deviations.

    Returns
    -------
    target : ndarray, shape (participants,)
    scores : list of ndarray, shape (participants,)
    """
    target = np.repeat([0, 1], per_class)
    shared = rng.normal(0, np.sqrt(SHARED), 2 * per_class)
    scores = []
    for apart in distances:
        latent = apart * target + shared + rng.normal(0, np.sqrt(1 - SHARED), 2 * per_class)
        scores.append(1 / (1 + np.exp(-SLOPE * (apart * latent - apart**2 / 2))))
    return target, scores


def values(target: np.ndarray, score: np.ndarray, weights: np.ndarray) -> dict[str, np.ndarray]:
    """Return all metrics of each replicate, shape (replicates + 1,), by name."""
    return weighted_metrics(target, score, (score > 0.5).astype(int), weights, probability=True)


def coverage(studies: int, per_class: int, replicates: int) -> dict[str, float]:
    """Return the proportion of studies whose interval contains the true value, by metric and method."""
    population = draw(1_000_000, np.random.default_rng(0))
    one = np.ones((1, 2_000_000), dtype=np.float32)
    truth = [{name: v[0] for name, v in values(population[0], score, one).items()} for score in population[1]]
    covered = defaultdict(list)
    for study in range(studies):
        rng = np.random.default_rng([1, study])
        target, scores = draw(per_class, rng)
        weights = replicate_weights(target, replicates, rng)
        found = [values(target, score, weights) for score in scores]
        without = values(target, scores[0], 1 - np.eye(2 * per_class, dtype=np.float32))
        for name, samples in found[0].items():
            by_bca = bca(samples[0], samples[1:], jackknife_influence(target, without[name]), 0.95)
            for method, (low, high) in (("percentile", percentile(samples[1:], 0.95)), ("BCa", by_bca)):
                covered[f"{name}, {method}"].append(low <= truth[0][name] <= high)
        right = int(((scores[0] > 0.5) & (target == 1)).sum())
        for method in ("wilson", "exact"):
            low, high = proportion(right, per_class, 0.95, method)
            covered[f"sensitivity, {method}"].append(low <= truth[0]["sensitivity"] <= high)
        for name in ("auc", "balanced_accuracy"):
            samples = found[0][name] - found[1][name]
            low, high = percentile(samples[1:], 0.95)
            covered[f"difference of {name}, paired bootstrap"].append(low <= truth[0][name] - truth[1][name] <= high)
        by_rank = delong(target, *scores, 0.95)
        covered["difference of auc, DeLong"].append(by_rank.low <= truth[0]["auc"] - truth[1]["auc"] <= by_rank.high)
        if (study + 1) % 200 == 0:
            print(f"{study + 1} of {studies} studies", flush=True)
    return {name: round(float(np.mean(each)), 4) for name, each in covered.items()}


def agreement(draws: int = 200) -> dict[str, float]:
    """Return the largest difference of each metric from scikit-learn's (logistic regression without penalty)."""
    from sklearn import metrics as theirs
    from sklearn.linear_model import LogisticRegression

    largest: dict[str, float] = defaultdict(float)
    for number in range(draws):
        rng = np.random.default_rng([4, number])
        target, (score, _) = draw(int(rng.integers(20, 120)), rng)
        score = score.round(int(rng.integers(1, 5))).clip(0.01, 0.99)  # with ties
        called = (score > 0.5).astype(int)
        logit = np.log(score / (1 - score))[:, None]
        expected = {
            "balanced_accuracy": theirs.balanced_accuracy_score(target, called),
            "auc": theirs.roc_auc_score(target, score),
            "average_precision": theirs.average_precision_score(target, score),
            "f1": theirs.f1_score(target, called),
            "ppv": theirs.precision_score(target, called, zero_division=np.nan),
            "brier": theirs.brier_score_loss(target, score),
            "calibration_slope": LogisticRegression(C=np.inf, tol=1e-10).fit(logit, target).coef_[0, 0],
        }
        found = values(target, score, np.ones((1, len(target)), dtype=np.float32))
        for name, value in expected.items():
            if np.isfinite(value):
                largest[name] = max(largest[name], abs(float(found[name][0]) - float(value)))
    return {name: float(f"{value:.1e}") for name, value in largest.items()}


def shares(metric: str, target: np.ndarray, a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """Return the contribution of each participant to the difference of a metric between two approaches."""
    if metric == "auc":
        return auc_shares(target, a, b)
    return balanced_accuracy_shares(target, (a > 0.5).astype(int), (b > 0.5).astype(int))


def rejected(studies: int) -> dict[str, float]:
    """Return the type I error: rejections for two equal approaches, by test, class size and significance level."""
    found = defaultdict(list)
    for per_class in (6, 20, 100):
        for study in range(studies):
            rng = np.random.default_rng([3, study])
            target, (a, b) = draw(per_class, rng, (1.2, 1.2))
            signs = draw_signs(len(target), 2000, rng)
            p = {name: permutation_p(shares(name, target, a, b), signs) for name in ("auc", "balanced_accuracy")}
            p["auc, DeLong"] = delong(target, a, b, 0.95).p
            for name, value in p.items():
                for level, words in ((0.05, "5 %"), (0.05 / 15, "5 % / 15")):
                    found[f"{name}, {per_class} per class, {words}"].append(value < level)
    return {name: round(float(np.mean(each)), 4) for name, each in found.items()}


def seconds(approaches: int = 12, participants: int = 500, replicates: int = 10_000) -> float:
    """Return the seconds of all metrics and of all paired differences with intervals and p-values."""
    rng = np.random.default_rng(2)
    target, scores = draw(participants // 2, rng)
    scores = [np.clip(scores[i % 2] + rng.normal(0, 0.05, participants), 0.001, 0.999) for i in range(approaches)]
    begin = time.perf_counter()
    weights, signs = replicate_weights(target, replicates, rng), draw_signs(participants, replicates, rng)
    found = [values(target, score, weights) for score in scores]
    for i in range(approaches):
        for j in range(i):
            for name in ("auc", "balanced_accuracy"):
                percentile(found[i][name][1:] - found[j][name][1:], 0.95)
                permutation_p(shares(name, target, scores[i], scores[j]), signs)
    return time.perf_counter() - begin


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--studies", type=int, default=2000)
    parser.add_argument("--per-class", type=int, default=60)
    parser.add_argument("--replicates", type=int, default=1000)
    given = parser.parse_args()
    took = seconds()
    covered = coverage(given.studies, given.per_class, given.replicates)
    for name, share in covered.items():
        print(f"{name:45} {share:.3f}{'' if 0.93 <= share <= 0.97 else '  outside 0.93 to 0.97'}")
    false = rejected(given.studies)
    for name, share in false.items():
        print(f"{name:45} {share:.4f}")
    close = agreement()
    for name, value in close.items():
        print(f"largest difference of {name} from scikit-learn: {value:.0e}")
    print(json.dumps({"agreement": close, "seconds": round(took, 2), "coverage": covered, "rejected": false}))
