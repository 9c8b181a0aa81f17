"""Leakage checks before any training: splits, images of different participants, template and atlas."""

from pathlib import Path

import pandas as pd

from adrepro.cohort.cohort_sheet import read_sheet
from adrepro.config.settings.analysis import LeakageSettings
from adrepro.core import step
from adrepro.core.errors import raise_if_any
from adrepro.core.files import read_json, write_json
from adrepro.core.tables import read_table, write_table
from adrepro.evaluation.image_leakage import check_content, check_near_duplicates, check_volumes, scan_similarity
from adrepro.evaluation.leakage_checks import (
    check_groups,
    check_partitions,
    check_tasks,
    check_templates,
    check_training_visits,
    failed_checks,
)

PAIR_COLUMNS = ["low", "high", "different", "same", "threshold"]


def split_leakage(
    results: Path,
    cohort: Path,
    included: Path,
    suffix: str | None,
    mask: Path,
    reference: Path,
    atlas: Path,
    out: Path,
    pairs: Path,
    tasks: list[str],
    group: str | None,
    settings: LeakageSettings,
    derived_from: dict[str, str],
    resolution_mm: float,
    allow_leak: bool,
) -> None:
    """Check splits and images for leakage before any model is trained, and stop the study if there is any.

    Parameters
    ----------
    results : Path
        Folder of the results: splits, image hashes and gray-matter maps (input).
    cohort, included : Path
        Cohort sheet, and table of the included scans (input).
    suffix : str
        End of the file names of Jacobian determinants or modulated gray matter, template space; None if there are no
        maps, and regional volumes are compared.
    mask : Path
        Brain mask of the template on the study grid (input).
    reference, atlas : Path
        JSON with the origin of the template, and of the atlas (input).
    out : Path
        JSON to write: `verdict` (`leak` or `clean`) and the list of `checks` (output).
    pairs : Path
        TSV to write: number of pairs of scans by similarity, `low high different same threshold`; without rows if
        they are not compared (output).
    tasks : list of str
        Names of the tasks.
    group : str, optional
        Column of the cohort sheet whose values stay in one partition and fold.
    settings : LeakageSettings
        Section `leakage` of the configuration.
    derived_from : dict of str to str
        `participants` or `others` for `template` and `atlas`.
    resolution_mm : float
        Voxel size of the study grid.
    allow_leak : bool
        Whether the study goes on after leakage, with a banner in its report.

    Raises
    ------
    UserError
        Lists the leaks, unless they are allowed.
    """
    scans, people = read_table(included), read_table(results / "splits/participants.tsv")
    views = {task: read_table(results / "splits" / f"{task}.tsv") for task in tasks}
    visits = {task: read_table(results / "splits/longitudinal" / f"{task}.tsv") for task in tasks}
    found = (
        None
        if suffix is None
        else scan_similarity(scans, results / "derivatives", suffix, mask, resolution_mm, settings.false_alarms)
    )
    write_table(pairs, found.distribution() if found else pd.DataFrame(columns=PAIR_COLUMNS))
    checks = [
        check_partitions(people),
        check_tasks(people, views),
        check_training_visits(people, visits),
        *([check_groups(people, read_sheet(cohort), group)] if group else []),
        check_content(scans, results / "cohort/inspected"),
        check_near_duplicates(scans, found, settings.distinct)
        if suffix
        else check_volumes(scans, read_table(results / "features/regional.tsv")),
        check_templates(read_json(reference), read_json(atlas), derived_from),
    ]
    for check in checks:
        print(f"{check['verdict']}: {check['name']} ({check['compared']})", *check["examples"], sep="\n  ")
    leaks = failed_checks(checks)
    write_json(out, {"verdict": "leak" if leaks else "clean", "checks": checks})
    if not allow_leak:
        raise_if_any(
            leaks, "leakage before any training, so that none starts (allow_leak: true goes on, with a banner)"
        )


if __name__ == "__main__":
    step.run(split_leakage)
