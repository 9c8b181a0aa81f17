"""Folders of the models that a configuration asks for, whatever else lies on the disk."""

from pathlib import Path


def fold_folders(results: Path, task: str, approach: str, folds: int) -> list[Path]:
    """Return the folder of the model of an approach in each cross-validation fold.

    Parameters
    ----------
    results : Path
        Folder of the results, or of the benchmark files.
    task, approach : str
        Names of the task and of the approach.
    folds : int
        Number of folds of the configuration; models of further folds are of an earlier one.

    Returns
    -------
    list of Path
        `TASK/APPROACH/fold-K` in the order of folds.
    """
    return [results / task / approach / f"fold-{fold}" for fold in range(folds)]
