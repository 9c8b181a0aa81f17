"""Linear support vector machines, logistic regression and random forests, and how their settings are chosen."""

import numpy as np
from sklearn.ensemble import RandomForestClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import balanced_accuracy_score
from sklearn.model_selection import StratifiedKFold
from sklearn.svm import SVC


def inner_folds(target: np.ndarray, people: np.ndarray, folds: int, seed: int) -> list[tuple[np.ndarray, np.ndarray]]:
    """Stratified folds of people, not of scans: rows to learn from and rows to judge on.

    The smaller class bounds their number; an empty list where it has one person.
    """
    _, first, person = np.unique(people, return_index=True, return_inverse=True)
    folds = min(folds, int(np.bincount(target[first], minlength=2).min()))
    if folds < 2:
        return []
    parts = StratifiedKFold(folds, shuffle=True, random_state=seed).split(first, target[first])
    return [(np.flatnonzero(~np.isin(person, out)), np.flatnonzero(np.isin(person, out))) for _, out in parts]


def choose_c(
    kind: str, values: np.ndarray, target: np.ndarray, people: np.ndarray, grid: list[float], folds: int, seed: int
) -> tuple[float, int]:
    """Geometric mean of the best C of each inner fold (Samper-Gonzalez et al. 2018), and the number of inner folds.

    Parameters
    ----------
    kind : str
        `svm`, for which `values` is the linear kernel (n, n), or `logistic`, for which they are features (n, p).
    target : ndarray of int, shape (n,)
    people : ndarray of str, shape (n,)
        Whose scan each row is.
    grid : list of float
        Candidate values; of equally good ones the smallest wins. Without inner folds C is 1.
    """
    parts = inner_folds(target, people, folds, seed)
    best = []
    for train, test in parts:
        inside, outside = (np.ix_(train, train), np.ix_(test, train)) if kind == "svm" else (train, test)
        reached = [
            balanced_accuracy_score(target[test], fit(kind, values[inside], target[train], c).predict(values[outside]))
            for c in grid
        ]
        best.append(grid[int(np.argmax(reached))])
    return (float(np.exp(np.mean(np.log(best)))) if best else 1.0), len(parts)


def fit(kind: str, values: np.ndarray, target: np.ndarray, c: float) -> SVC | LogisticRegression:
    """A machine with balanced classes: on a kernel (`svm`) or on features (`logistic`)."""
    if kind == "svm":
        machine = SVC(kernel="precomputed", C=c, class_weight="balanced", tol=1e-6, max_iter=1_000_000)
    else:
        machine = LogisticRegression(C=c, class_weight="balanced", tol=1e-6, max_iter=10_000)
    return machine.fit(values, target)


def forest(values: np.ndarray, target: np.ndarray, trees: int, seed: int) -> RandomForestClassifier:
    """A random forest with balanced classes."""
    machine = RandomForestClassifier(trees, class_weight="balanced", random_state=seed, n_jobs=1)
    return machine.fit(values, target)
