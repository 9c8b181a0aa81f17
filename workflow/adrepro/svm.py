"""Linear support vector machines on regional or voxel-wise grey matter."""

from pathlib import Path

import numpy as np
import pandas as pd
from sklearn.metrics import balanced_accuracy_score
from sklearn.model_selection import StratifiedKFold
from sklearn.svm import SVC

from . import step
from .errors import UserError
from .files import read_table, write_json
from .scores import fold_rows, fold_seed, learnt_targets, select, write_scores, write_training


def choose_c(
    gram: np.ndarray, target: np.ndarray, people: np.ndarray, grid: list[float], folds: int, seed: int
) -> tuple[float, int]:
    """Geometric mean of the best C of each inner fold (Samper-Gonzalez et al. 2018), and the number of inner folds.

    Parameters
    ----------
    gram : ndarray, shape (n, n)
        Linear kernel of the training part.
    target : ndarray of int, shape (n,)
    people : ndarray of str, shape (n,)
        Whose scan each is: the inner folds part people, not scans.
    grid : list of float
        Candidate values; of equally good ones the smallest wins.
    folds : int
        Wanted number of inner folds; the smaller class bounds it, and below 2 there is no search and C is 1.
    """
    _, first, person = np.unique(people, return_index=True, return_inverse=True)
    folds = min(folds, int(np.bincount(target[first], minlength=2).min()))
    if folds < 2:
        return 1.0, 0
    best = []
    for _, held_out in StratifiedKFold(folds, shuffle=True, random_state=seed).split(first, target[first]):
        inside = np.isin(person, held_out)
        train, test = np.flatnonzero(~inside), np.flatnonzero(inside)
        found = []
        for c in grid:
            model = fit(gram[np.ix_(train, train)], target[train], c)
            predicted = model.predict(gram[np.ix_(test, train)])
            found.append(balanced_accuracy_score(target[test], predicted))
        best.append(grid[int(np.argmax(found))])
    return float(np.exp(np.mean(np.log(best)))), folds


def fit(gram: np.ndarray, target: np.ndarray, c: float) -> SVC:
    return SVC(kernel="precomputed", C=c, class_weight="balanced", tol=1e-6, max_iter=1_000_000).fit(gram, target)


def scaled(features: np.ndarray, training: np.ndarray, standardise: bool) -> np.ndarray:
    """Features centred, and divided by their standard deviation if `standardise`, as learnt from the training rows.

    One more factor gives the training rows a mean squared length of 1, so that the same values of C suit every
    resolution and every atlas.
    """
    mean, sd = features[training].mean(axis=0), features[training].std(axis=0)
    values = features - mean
    if standardise:
        values = values[:, sd > 1e-9] / sd[sd > 1e-9]
    return values / max(float(np.sqrt((values[training] ** 2).sum(axis=1).mean())), 1e-12)


def regional_features(table: pd.DataFrame, divide_by_tiv: bool) -> np.ndarray:
    """Matrix (scans, regions) of grey-matter volumes, as shares of the intracranial volume if wanted."""
    values = table.drop(columns=["participant_id", "session_id", "tiv_ml"]).astype(float).to_numpy()
    return values / table[["tiv_ml"]].astype(float).to_numpy() if divide_by_tiv else values


def svm(
    features: Path,
    index: Path,
    split: Path,
    visits: Path,
    labels: Path,
    scores: Path,
    training: Path,
    model: Path,
    task: str,
    approach: str,
    fold: int,
    settings: dict,
    seed: int,
) -> None:
    """Train on the training part of one fold; score validation, test and external participants."""
    rows, table = fold_rows(split, visits, labels, fold, settings["training_data"]), read_table(index)
    regional, positions = settings["kind"] == "svm_regional", select(table, rows)
    if regional:
        values = regional_features(table, settings["divide_by_tiv"])[positions]
    else:
        packed = np.load(features, mmap_mode="r")
        values = packed[positions].reshape(len(rows), -1).astype(np.float64)
    learnt = (rows["split"] == "train").to_numpy()
    target = learnt_targets(rows, settings["permute_labels"], fold_seed(seed, task, approach, fold))
    if len(np.unique(target[learnt])) < 2:
        raise UserError(f"{task} fold {fold}: the training part holds one class only; lower splits.folds")
    values = scaled(values, learnt, standardise=regional)
    people, gram = rows["participant_id"].to_numpy(), values @ values.T
    inside = gram[np.ix_(learnt, learnt)]
    c, inner = choose_c(inside, target[learnt], people[learnt], settings["c_grid"], settings["inner_folds"], seed)
    machine = fit(inside, target[learnt], c)
    write_scores(scores, rows, machine.decision_function(gram[:, learnt]), "decision", 0.0, (task, approach, fold))
    write_training(training, table, dict.fromkeys(("weights", "scaling", "choice of C"), positions[learnt]))
    write_json(model, {"c": c, "inner_folds": inner, "features": values.shape[1], "training": int(learnt.sum())})
    print(f"C {c:g} from {inner} inner folds, {values.shape[1]} features")


if __name__ == "__main__":
    step.run(svm)
