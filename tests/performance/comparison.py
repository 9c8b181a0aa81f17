"""How often intervals of the comparison hold the truth, and how long its bootstrap takes.

`python tests/performance/comparison.py [--studies 2000] [--per-class 60] [--replicates 1000]`

Studies are simulated from normal scores whose true metrics are known from two million people. Coverage is the share of
studies whose 95 % interval holds the truth: of each metric by percentiles and by BCa, of proportions by Wilson and
exactly, and of the difference of two paired approaches by the bootstrap and by DeLong. Then how often tests of two
equal approaches reject at 5 % and at 5 % / 15 with few people and with many, and the time of 10,000 paired replicates
and permutations of all metrics over 12 approaches and 500 participants, on one core, and the largest distances from
scikit-learn's metrics. The last line is JSON.
"""

import os

os.environ |= {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"}

import argparse  # noqa: E402
import json  # noqa: E402
import time  # noqa: E402
from collections import defaultdict  # noqa: E402

import numpy as np  # noqa: E402

from adrepro.evaluation.confidence_intervals import bca, influence, percentile, proportion  # noqa: E402
from adrepro.evaluation.metrics import replicate_weights, weighted_metrics  # noqa: E402
from adrepro.evaluation.paired_tests import delong  # noqa: E402
from adrepro.evaluation.permutation import auc_shares, balanced_accuracy_shares, draw_signs, permutation_p  # noqa: E402

APART, SHARED, SHARPNESS = (1.4, 1.0), 0.6, 0.8


def draw(
    per_class: int, rng: np.random.Generator, distances: tuple[float, float] = APART
) -> tuple[np.ndarray, list[np.ndarray]]:
    """Targets, and probabilities of two approaches that err alike in part; both are too timid by `SHARPNESS`."""
    target = np.repeat([0, 1], per_class)
    shared = rng.normal(0, np.sqrt(SHARED), 2 * per_class)
    scores = []
    for apart in distances:
        latent = apart * target + shared + rng.normal(0, np.sqrt(1 - SHARED), 2 * per_class)
        scores.append(1 / (1 + np.exp(-SHARPNESS * (apart * latent - apart**2 / 2))))
    return target, scores


def values(target: np.ndarray, score: np.ndarray, weights: np.ndarray) -> dict[str, np.ndarray]:
    return weighted_metrics(target, score, (score > 0.5).astype(int), weights, probability=True)


def coverage(studies: int, per_class: int, replicates: int) -> dict[str, float]:
    """Share of studies whose interval holds the truth, by metric and method."""
    everybody = draw(1_000_000, np.random.default_rng(0))
    one = np.ones((1, 2_000_000), dtype=np.float32)
    truth = [{name: v[0] for name, v in values(everybody[0], score, one).items()} for score in everybody[1]]
    held = defaultdict(list)
    for study in range(studies):
        rng = np.random.default_rng([1, study])
        target, scores = draw(per_class, rng)
        weights = replicate_weights(target, replicates, rng)
        found = [values(target, score, weights) for score in scores]
        without = values(target, scores[0], 1 - np.eye(2 * per_class, dtype=np.float32))
        for name, samples in found[0].items():
            by_bca = bca(samples[0], samples[1:], influence(target, without[name]), 0.95)
            for method, (low, high) in (("percentile", percentile(samples[1:], 0.95)), ("BCa", by_bca)):
                held[f"{name}, {method}"].append(low <= truth[0][name] <= high)
        right = int(((scores[0] > 0.5) & (target == 1)).sum())
        for method in ("wilson", "exact"):
            low, high = proportion(right, per_class, 0.95, method)
            held[f"sensitivity, {method}"].append(low <= truth[0]["sensitivity"] <= high)
        for name in ("auc", "balanced_accuracy"):
            samples = found[0][name] - found[1][name]
            low, high = percentile(samples[1:], 0.95)
            held[f"difference of {name}, paired bootstrap"].append(low <= truth[0][name] - truth[1][name] <= high)
        by_rank = delong(target, *scores, 0.95)
        held["difference of auc, DeLong"].append(by_rank.low <= truth[0]["auc"] - truth[1]["auc"] <= by_rank.high)
        if (study + 1) % 200 == 0:
            print(f"{study + 1} of {studies} studies", flush=True)
    return {name: round(float(np.mean(list_)), 4) for name, list_ in held.items()}


def agreement(draws: int = 200) -> dict[str, float]:
    """Largest distance of each metric from scikit-learn's (calibration: its unpenalised logistic regression)."""
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
    if metric == "auc":
        return auc_shares(target, a, b)
    return balanced_accuracy_shares(target, (a > 0.5).astype(int), (b > 0.5).astype(int))


def rejected(studies: int) -> dict[str, float]:
    """Share of studies in which two equal approaches are told apart, by test, people in a class and level."""
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
    return {name: round(float(np.mean(list_)), 4) for name, list_ in found.items()}


def seconds(approaches: int = 12, participants: int = 500, replicates: int = 10_000) -> float:
    """Time of all metrics, and of all paired differences with their intervals and p-values."""
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
        print(f"largest distance of {name} from scikit-learn: {value:.0e}")
    print(json.dumps({"agreement": close, "seconds": round(took, 2), "coverage": covered, "rejected": false}))
