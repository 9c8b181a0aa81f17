"""Class-balanced SVMs, logistic regression and random forests, and nested search for C."""

import numpy as np
from sklearn.ensemble import RandomForestClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import balanced_accuracy_score
from sklearn.model_selection import StratifiedKFold
from sklearn.svm import SVC


def inner_folds(
    target: np.ndarray, participants: np.ndarray, folds: int, seed: int
) -> list[tuple[np.ndarray, np.ndarray]]:
    """Return stratified inner folds of participants, so that scans of one participant stay together.

    Parameters
    ----------
    target : ndarray of int, shape (n,)
        Class of each scan, 0 or 1.
    participants : ndarray of str, shape (n,)
        Participant of each scan.
    folds : int
        Number of folds; the number of participants of the smaller class bounds it.
    seed : int
        Seed of the shuffle.

    Returns
    -------
    list of tuple of (ndarray of int, ndarray of int)
        Training rows and test rows of each inner fold; empty if the smaller class has one participant.
    """
    _, first, participant = np.unique(participants, return_index=True, return_inverse=True)
    folds = min(folds, int(np.bincount(target[first], minlength=2).min()))
    if folds < 2:
        return []
    parts = StratifiedKFold(folds, shuffle=True, random_state=seed).split(first, target[first])
    return [(np.flatnonzero(~np.isin(participant, out)), np.flatnonzero(np.isin(participant, out))) for _, out in parts]


def choose_c(
    kind: str,
    values: np.ndarray,
    target: np.ndarray,
    participants: np.ndarray,
    grid: list[float],
    folds: int,
    seed: int,
) -> tuple[float, int]:
    """Return the geometric mean of the best C of each inner fold, and the number of inner folds.

    Parameters
    ----------
    kind : {"svm", "logistic"}
        SVM, for which `values` is the linear kernel (n, n), or logistic regression on features (n, p).
    values : ndarray, shape (n, n) or (n, p)
        Linear kernel or features of the training part.
    target : ndarray of int, shape (n,)
        Class of each scan, 0 or 1.
    participants : ndarray of str, shape (n,)
        Participant of each scan.
    grid : list of float
        Candidate values; the one with the highest balanced accuracy wins, and of equal ones the first.
    folds : int
        Number of inner folds, see `inner_folds`.
    seed : int
        Seed of the inner folds.

    Returns
    -------
    c : float
        C; 1 without inner folds.
    folds : int
        Number of inner folds that were used.

    References
    ----------
    Samper-González et al. 2018, NeuroImage 183:504-521.
    """
    parts = inner_folds(target, participants, folds, seed)
    best = []
    for train, test in parts:
        inside, outside = (np.ix_(train, train), np.ix_(test, train)) if kind == "svm" else (train, test)
        accuracies = [
            balanced_accuracy_score(target[test], fit(kind, values[inside], target[train], c).predict(values[outside]))
            for c in grid
        ]
        best.append(grid[int(np.argmax(accuracies))])
    return (float(np.exp(np.mean(np.log(best)))) if best else 1.0), len(parts)


def fit(kind: str, values: np.ndarray, target: np.ndarray, c: float) -> SVC | LogisticRegression:
    """Fit a class-balanced SVM (precomputed linear kernel) or logistic regression (features).

    Parameters
    ----------
    kind : {"svm", "logistic"}
        Classifier.
    values : ndarray, shape (n, n) or (n, p)
        Linear kernel (`svm`) or features (`logistic`) of the training part.
    target : ndarray of int, shape (n,)
        Class of each scan, 0 or 1.
    c : float
        Inverse strength of the L2 regularization.

    Returns
    -------
    SVC or LogisticRegression
        Fitted classifier.
    """
    if kind == "svm":
        classifier = SVC(kernel="precomputed", C=c, class_weight="balanced", tol=1e-6, max_iter=1_000_000)
    else:
        classifier = LogisticRegression(C=c, class_weight="balanced", tol=1e-6, max_iter=10_000)
    return classifier.fit(values, target)


def forest(values: np.ndarray, target: np.ndarray, trees: int, seed: int) -> RandomForestClassifier:
    """Fit a class-balanced random forest.

    Parameters
    ----------
    values : ndarray, shape (n, p)
        Features of the training part.
    target : ndarray of int, shape (n,)
        Class of each scan, 0 or 1.
    trees : int
        Number of trees.
    seed : int
        Seed of bootstrap samples and candidate features.

    Returns
    -------
    RandomForestClassifier
        Fitted classifier.
    """
    classifier = RandomForestClassifier(trees, class_weight="balanced", random_state=seed, n_jobs=1)
    return classifier.fit(values, target)
