"""Read the score tables of all approaches, and check that they are complete."""

import hashlib
from pathlib import Path

import pandas as pd

from adrepro.core.errors import raise_if_any
from adrepro.core.files import sha256
from adrepro.core.tables import read_table
from adrepro.evaluation.model_folders import fold_folders


def read_scores(results: Path, approaches: dict[str, list[str]], folds: int) -> pd.DataFrame:
    """Return the scores of all approaches and folds.

    Parameters
    ----------
    results : Path
        Folder with `<task>/<approach>/fold-<k>/scores.tsv`.
    approaches : dict of str to list of str
        Names of the approaches per task.
    folds : int
        Number of cross-validation folds; tables of other folds are not read.

    Returns
    -------
    DataFrame
        Rows of all tables, with the columns of `adrepro.models.predictions`.

    Raises
    ------
    UserError
        Lists the tables that do not exist.
    """
    paths = score_files(results, approaches, folds)
    raise_if_any((f"{path}: no scores; run the workflow again" for path in paths if not path.exists()), str(results))
    tables = [read_table(path, numbers=("label", "score", "prediction", "fold")) for path in paths]
    return pd.concat(tables, ignore_index=True)


def score_files(results: Path, approaches: dict[str, list[str]], folds: int) -> list[Path]:
    """Return the paths of the score tables of all approaches and folds.

    Parameters
    ----------
    results, approaches, folds
        As in `read_scores`.
    """
    return [
        folder / "scores.tsv"
        for task, names in approaches.items()
        for name in names
        for folder in fold_folders(results, task, name, folds)
    ]


def scores_digest(results: Path, approaches: dict[str, list[str]], folds: int) -> str:
    """Return one checksum (SHA-256) over the score tables of all approaches and folds.

    Parameters
    ----------
    results, approaches, folds
        As in `read_scores`.
    """
    text = "".join(sha256(path) for path in score_files(results, approaches, folds))
    return hashlib.sha256(text.encode()).hexdigest()


def refuse_gaps(results: Path, scores: pd.DataFrame) -> None:
    """Raise an error if a model lacks scores of participants whom other models of its task scored.

    A truncated file would otherwise change the metrics silently.

    Parameters
    ----------
    results : Path
        Folder of the scores, for the message.
    scores : DataFrame
        Scores of all approaches, from `read_scores`.

    Raises
    ------
    UserError
        Lists the incomplete files.
    """
    of_fold = "validation " + scores["fold"].astype(int).astype(str)
    parts = scores.assign(part=scores["split"].where(scores["split"] != "validation", of_fold))
    problems = []
    for task, own in parts.groupby("task"):
        counts = own.groupby(["approach", "fold", "part"])["participant_id"].nunique().unstack("part").fillna(0)
        for (approach, fold), count in counts.iterrows():
            scored = [name for name in counts if name in ("test", "external", f"validation {fold:.0f}")]
            if (count[scored] < counts[scored].max()).any():
                path = f"{task}/{approach}/fold-{fold:.0f}/scores.tsv"
                problems.append(
                    f"{path}: lacks participants whom other models of the task scored; delete it and run again"
                )
    raise_if_any(problems, str(results))
