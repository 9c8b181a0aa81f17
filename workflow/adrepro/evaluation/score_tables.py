"""Read the score tables of all approaches, and check that they are complete."""

from pathlib import Path

import pandas as pd

from adrepro.core.errors import UserError, raise_if_any
from adrepro.core.tables import read_table


def read_scores(results: Path, approaches: dict[str, list[str]]) -> pd.DataFrame:
    """Return the scores of all approaches and folds.

    Parameters
    ----------
    results : Path
        Folder with `<task>/<approach>/fold-<k>/scores.tsv`.
    approaches : dict of str to list of str
        Names of the approaches per task.

    Returns
    -------
    DataFrame
        Rows of all tables, with the columns of `adrepro.models.predictions`.

    Raises
    ------
    UserError
        If an approach has no scores.
    """
    tables = []
    for task, names in approaches.items():
        for name in names:
            paths = sorted((results / task / name).glob("fold-*/scores.tsv"))
            if not paths:
                raise UserError(f"{results / task / name}: no scores; run the workflow again")
            tables += [read_table(path, numbers=("label", "score", "prediction", "fold")) for path in paths]
    return pd.concat(tables, ignore_index=True)


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
