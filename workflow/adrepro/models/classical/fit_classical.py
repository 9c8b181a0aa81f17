"""One machine on regional or voxel-wise grey matter: in one fold, or on repeated hold-outs."""

from pathlib import Path

import numpy as np
import pandas as pd
from safetensors.numpy import save_file

from adrepro.cohort.cohort_sheet import read_sheet
from adrepro.core import step
from adrepro.core.files import read_table, replacing, write_json
from adrepro.models.classical.pipeline import learn, read_inputs
from adrepro.models.predictions import fold_rows, fold_seed, learnt_targets, select, write_scores, write_training


def fitted_and_judged(
    split: Path, fitted_split: Path, visits: Path, labels: Path, fold: int, settings: dict, seed: int
) -> tuple[pd.DataFrame, np.ndarray]:
    """Rows to learn from, of the task of `fitted_split`, then those to judge, of the task of `split`; and targets."""
    learnt = fold_rows(fitted_split, visits, labels, fold, settings["training_data"])
    told = learnt_targets(learnt, settings["permute_labels"], seed)
    own = (learnt["split"] == "train").to_numpy()
    judged = fold_rows(split, visits, labels, fold, "baseline")
    judged = judged[judged["split"] != "train"]
    rows = pd.concat([learnt[own], judged], ignore_index=True)
    return rows, np.concatenate([told[own], judged["target"].to_numpy()])


def svm(
    features: Path,
    products: list[Path],
    regional: Path,
    cohort: Path,
    split: Path,
    fitted_split: Path,
    visits: Path,
    labels: Path,
    scores: Path,
    training: Path,
    model: Path,
    weights: Path,
    task: str,
    approach: str,
    fold: int,
    settings: dict,
    seed: int,
) -> None:
    """Train on the training part of one fold; score validation, test and external participants."""
    own_seed = fold_seed(seed, fitted_split.stem, approach, fold)
    rows, target = fitted_and_judged(split, fitted_split, visits, labels, fold, settings, own_seed)
    inputs = read_inputs(features, products, regional, read_sheet(cohort), rows, settings)
    learnt = np.flatnonzero(rows["split"] == "train")
    found = learn(inputs, learnt, target, settings, seed)
    write_scores(scores, rows, found.scores, found.kind, found.threshold, (task, approach, fold))
    index = read_table(regional)
    changes = [name for name, key in (("harmonisation", "harmonise"), ("adjustment", "adjust")) if settings[key]]
    uses = dict.fromkeys(("weights", "scaling", "choice of C", *changes), select(index, rows.iloc[learnt]))
    write_training(training, index, uses)
    learnt_numbers = {"weights": found.weights}
    if found.intercept is not None:
        learnt_numbers["intercept"] = np.array([found.intercept])
    with replacing(weights) as temporary:
        save_file(learnt_numbers, temporary)
    print(found.record)
    write_json(model, found.record | {"names": inputs.names, "score_kind": found.kind})


if __name__ == "__main__":
    step.run(svm)
