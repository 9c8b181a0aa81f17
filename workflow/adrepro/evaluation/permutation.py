"""A paired permutation test: were two approaches alike, it would not matter which of them said what of a person.

Swapping what they said of some people changes the difference of two balanced accuracies, and that of two areas under
the ROC curve, by a sum over these people. So a difference is a sum of one share per person, and a permutation turns the
signs of some shares. The test keeps its level in the smallest samples, where the normal theory and the tails of a
bootstrap do not.
"""

import numpy as np
from scipy.stats import rankdata

TOLERANCE = 1e-9  # sums of the same shares in another order


def balanced_accuracy_shares(target: np.ndarray, a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """Each person's share (participants,) in the difference of balanced accuracies; `a` and `b` are predictions."""
    size = np.where(target == 1, (target == 1).sum(), (target == 0).sum())
    return ((a == target).astype(float) - (b == target)) / (2 * size)


def auc_shares(target: np.ndarray, a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """Each person's share (participants,) in the difference of two areas under the ROC curve.

    Scores count by their ranks among all people, so that those of two approaches can be swapped (Venkatraman 2000).
    """
    a, b = rankdata(a), rankdata(b)
    positive, negative = target == 1, target == 0

    def wins(of: np.ndarray, over: np.ndarray) -> np.ndarray:  # (positives, negatives)
        return (np.sign(of[positive][:, None] - over[negative]) + 1) / 2

    same, crossed = wins(a, a) - wins(b, b), wins(a, b) - wins(b, a)
    shares = np.zeros(len(target))
    shares[positive] = (same + crossed).sum(axis=1)
    shares[negative] = (same - crossed).sum(axis=0)
    return shares / (2 * positive.sum() * negative.sum())


def draw_signs(participants: int, permutations: int, rng: np.random.Generator) -> np.ndarray:
    """Who is swapped in each permutation: -1 or 1, shape (permutations, participants)."""
    return rng.integers(0, 2, (permutations, participants), dtype=np.int8).astype(np.float32) * 2 - 1


def permutation_p(shares: np.ndarray, signs: np.ndarray) -> float:
    """Two-sided p-value of no difference; never zero, since what was seen is one of the permutations."""
    seen = abs(shares.sum())
    drawn = np.abs(signs @ shares)
    return float((1 + (drawn >= seen - TOLERANCE).sum()) / (1 + len(signs)))
