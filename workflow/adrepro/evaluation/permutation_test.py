"""Paired permutation test of two approaches on the same participants."""

import numpy as np
from scipy.stats import rankdata

TOLERANCE = 1e-9  # sums of the same contributions in another order


def balanced_accuracy_shares(target: np.ndarray, a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """Return the contribution of each participant to the difference of two balanced accuracies.

    Parameters
    ----------
    target, a, b : ndarray, shape (participants,)
        True class, and predicted classes of the two approaches.

    Returns
    -------
    ndarray, shape (participants,)
        The sum is the difference A minus B; swapping the predictions of a participant changes the sign of an entry.
    """
    size = np.where(target == 1, (target == 1).sum(), (target == 0).sum())
    return ((a == target).astype(float) - (b == target)) / (2 * size)


def auc_shares(target: np.ndarray, a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """Return the contribution of each participant to the difference of two areas under the ROC curve.

    Scores are replaced by their ranks among all participants, so that those of two approaches can be swapped.

    Parameters
    ----------
    target, a, b : ndarray, shape (participants,)
        True class, and scores of the two approaches.

    Returns
    -------
    ndarray, shape (participants,)
        The sum is the difference A minus B; swapping the scores of a participant changes the sign of an entry.

    References
    ----------
    Venkatraman 2000
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
    """Return random signs for a paired permutation test.

    Parameters
    ----------
    participants, permutations : int
    rng : numpy.random.Generator

    Returns
    -------
    ndarray of float32, shape (permutations, participants)
        -1 where the two approaches are swapped for a participant, else 1.
    """
    return rng.integers(0, 2, (permutations, participants), dtype=np.int8).astype(np.float32) * 2 - 1


def permutation_p(shares: np.ndarray, signs: np.ndarray) -> float:
    """Return the two-sided p-value of a paired permutation test of no difference.

    Parameters
    ----------
    shares : ndarray, shape (participants,)
        Contributions to the difference, from `auc_shares` or `balanced_accuracy_shares`.
    signs : ndarray, shape (permutations, participants)
        From `draw_signs`.

    Returns
    -------
    float
        Never 0, since the observed assignment is one of the permutations.
    """
    observed = abs(shares.sum())
    drawn = np.abs(signs @ shares)
    return float((1 + (drawn >= observed - TOLERANCE).sum()) / (1 + len(signs)))
