"""Labels of a study: from diagnoses over time, or from published subject lists."""

from pathlib import Path

import pandas as pd

from adrepro.cohort.labels import label_cohort
from adrepro.cohort.lists.list_problems import list_problems
from adrepro.cohort.lists.listed_labels import relabel
from adrepro.cohort.lists.published_lists import read_lists
from adrepro.config.settings.cohort import Task
from adrepro.config.tasks import label_names
from adrepro.core.errors import raise_if_any


def checked_lists(folder: Path, tasks: dict[str, Task], folds: int) -> pd.DataFrame:
    """Return the entries of published lists for the labels of the tasks.

    Parameters
    ----------
    folder : Path
        Folder of published lists.
    tasks : dict of Task
        Prediction tasks by name.
    folds : int
        Number of folds in the configuration.

    Raises
    ------
    UserError
        Lists unreadable lines and contradictions, with their files and lines.
    """
    entries = read_lists(folder, label_names(tasks))
    raise_if_any(list_problems(entries, tasks, folds), f"splits.lists: {folder}")
    return entries


def study_labels(
    sheet: pd.DataFrame, horizon_months: float, lists: pd.DataFrame | None
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return the labels of all participants and of all visits.

    Parameters
    ----------
    sheet : DataFrame
        Cohort sheet.
    horizon_months : float
        Follow-up after which MCI is stable, in months.
    lists : DataFrame or None
        Entries of published lists, which replace the labels from diagnoses.

    Returns
    -------
    labels, visits : DataFrame
        As from `label_cohort` or `relabel`.
    """
    labels, visits = label_cohort(sheet, horizon_months)
    return (labels, visits) if lists is None else relabel(labels, visits, sheet, lists)
