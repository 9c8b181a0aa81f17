"""Leakage checks: the training data of every model against its test data, and images of different participants."""

from pathlib import Path

from adrepro.cohort.cohort_sheet import read_sheet
from adrepro.core import step
from adrepro.core.files import read_json, write_json
from adrepro.core.tables import read_table
from adrepro.evaluation.image_leakage import check_content, check_near_duplicates, check_volumes
from adrepro.evaluation.leakage_checks import check_groups, check_partitions, check_tasks, check_templates
from adrepro.evaluation.training_leakage import check_models, check_visits


def leakage(
    results: Path,
    cohort: Path,
    included: Path,
    suffix: str | None,
    reference: Path,
    atlas: Path,
    out: Path,
    models: dict[str, list[str]],
    folds: int,
    group: str | None,
    near_duplicate: float,
    derived_from: dict[str, str],
    resolution_mm: float,
) -> None:
    """Check the study for leakage between training and test data, and write the result.

    Parameters
    ----------
    results : Path
        Folder of the results: splits, labels, image hashes, gray-matter maps, and the training tables and scores of
        every fold model (input).
    cohort, included : Path
        Cohort sheet, and table of the included scans (input).
    suffix : str
        End of the file names of modulated gray-matter maps, template space; None if there are none, and regional
        volumes are compared.
    reference, atlas : Path
        JSON with the origin of the template, and of the atlas (input).
    out : Path
        JSON to write: `verdict` (`leak` or `clean`) and the list of `checks` (output).
    models : dict of str to list of str
        Names of the approaches per task.
    folds : int
        Number of cross-validation folds.
    group : str, optional
        Column of the cohort sheet whose values stay in one partition and fold.
    near_duplicate : float
        Correlation of individual anatomy from which two images are near-duplicates.
    derived_from : dict of str to str
        `participants` or `others` for `template` and `atlas`.
    resolution_mm : float
        Voxel size of the study grid.
    """
    scans = read_table(included)
    people, labels = read_table(results / "splits/participants.tsv"), read_table(results / "cohort/labels.tsv")
    made = [
        results / task / name / f"fold-{k}" for task, names in models.items() for name in names for k in range(folds)
    ]
    checks = [
        check_partitions(people),
        check_tasks(people, {task: read_table(results / "splits" / f"{task}.tsv") for task in models}),
        *([check_groups(people, read_sheet(cohort), group)] if group else []),
        *check_models(made),
        check_visits(made, labels),
        check_content(scans, results / "cohort/inspected"),
        check_near_duplicates(scans, results / "derivatives", suffix, resolution_mm, near_duplicate)
        if suffix
        else check_volumes(scans, read_table(results / "features/regional.tsv")),
        check_templates(read_json(reference), read_json(atlas), derived_from),
    ]
    leaks = [check for check in checks if check["verdict"] == "leak"]
    write_json(out, {"verdict": "leak" if leaks else "clean", "checks": checks})
    for check in checks:
        print(f"{check['verdict']}: {check['name']} ({check['compared']})", *check["examples"], sep="\n  ")


if __name__ == "__main__":
    step.run(leakage)
