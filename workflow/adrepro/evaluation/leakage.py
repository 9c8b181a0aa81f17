"""Leakage checks of a finished study: the training data of every model against its test data."""

from pathlib import Path

import pandas as pd

from adrepro.cohort.cohort_sheet import KEYS
from adrepro.cohort.leakage_checks import (
    check_groups,
    check_partitions,
    check_tasks,
    check_training_visits,
    failed_checks,
    print_checks,
)
from adrepro.core import step
from adrepro.core.files import read_json, write_json
from adrepro.core.tables import read_table
from adrepro.evaluation.training_leakage import check_models


def leakage(
    results: Path,
    image_checks: Path,
    eligible: Path,
    out: Path,
    models: dict[str, list[str]],
    pretrainings: list[str],
    folds: int,
    group: str | None,
) -> None:
    """Check every model for leakage between training and test data, and write the result with that of earlier checks.

    Splits are checked again as they lie on the disk, where training has read them.

    Parameters
    ----------
    results : Path
        Folder of the results: splits, and the training tables and scores of every fold model (input).
    image_checks : Path
        JSON with the leakage checks of images (input).
    eligible : Path
        TSV of the participants that can take part, with their groups (input).
    out : Path
        JSON to write: `verdict` (`leak` or `clean`) and the list of `checks` (output).
    models : dict of str to list of str
        Names of the approaches per task.
    pretrainings : list of str
        Names of the pre-trainings.
    folds : int
        Number of cross-validation folds.
    group : str or None
        Column of the cohort sheet whose values must not be split.

    Raises
    ------
    UserError
        If a training table has an unknown purpose.
    """
    people = read_table(results / "splits/participants.tsv")
    views = {task: read_table(results / "splits" / f"{task}.tsv") for task in models}
    names = [f"{task}/{name}" for task, own in models.items() for name in own]
    names += [f"pretraining/{name}" for name in pretrainings]
    made = [results / name / f"fold-{k}" for name in names for k in range(folds)]
    visits = {
        task: pd.concat(read_table(results / f"splits/longitudinal/{task}/fold-{k}.tsv") for k in range(folds))
        for task in models
    }
    checks = [
        check_partitions(people),
        check_tasks(people, views),
        check_training_visits(people, {task: own.drop_duplicates(KEYS) for task, own in visits.items()}),
        *([check_groups(people, read_table(eligible), group)] if group else []),
        *read_json(image_checks)["checks"],
        *check_models(made, people, views),
    ]
    write_json(out, {"verdict": "leak" if failed_checks(checks) else "clean", "checks": checks})
    print_checks(checks)


if __name__ == "__main__":
    step.run(leakage)
