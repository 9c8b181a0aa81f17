"""Leakage checks of images: copies, one head under two participants, template and atlas."""

from pathlib import Path

import pandas as pd

from adrepro.cohort.leakage_checks import check_templates, print_checks
from adrepro.config.settings.analysis import LeakageSettings
from adrepro.core import step
from adrepro.core.files import read_json, write_json
from adrepro.core.tables import read_table, write_table
from adrepro.evaluation.image_checks import check_content, check_near_duplicates, check_volumes, scan_similarity

PAIR_COLUMNS = ["low", "high", "different", "same", "threshold"]


def image_leakage(
    results: Path,
    included: Path,
    suffix: str | None,
    mask: Path,
    reference: Path,
    atlas: Path,
    out: Path,
    pairs: Path,
    settings: LeakageSettings,
    derived_from: dict[str, str],
    resolution_mm: float,
) -> None:
    """Check the images of different participants, and the origin of template and atlas; `splits` refuses leakage.

    Parameters
    ----------
    results : Path
        Folder of the results: image hashes and maps (input).
    included : Path
        Table of the included scans (input).
    suffix : str
        End of the file names of Jacobian determinants or modulated gray matter, template space; None if there are no
        maps, and regional volumes are compared.
    mask : Path
        Brain mask of the template on the study grid (input).
    reference, atlas : Path
        JSON with the origin of the template, and of the atlas (input).
    out : Path
        JSON to write: the list of `checks` (output).
    pairs : Path
        TSV to write: number of pairs of scans by similarity, `low high different same threshold`; without rows if
        they are not compared (output).
    settings : LeakageSettings
        Section `leakage` of the configuration.
    derived_from : dict of str to str
        `participants` or `others` for `template` and `atlas`.
    resolution_mm : float
        Voxel size of the study grid.
    """
    scans, found = read_table(included), None
    if suffix:
        found = scan_similarity(scans, results / "derivatives", suffix, mask, resolution_mm, settings.false_alarms)
    write_table(pairs, found.distribution() if found else pd.DataFrame(columns=PAIR_COLUMNS))
    checks = [
        check_content(scans, results / "cohort/inspected"),
        check_near_duplicates(scans, found, settings.distinct)
        if suffix
        else check_volumes(scans, read_table(results / "features/regional.tsv")),
        check_templates(read_json(reference), read_json(atlas), derived_from),
    ]
    write_json(out, {"checks": checks})
    print_checks(checks)


if __name__ == "__main__":
    step.run(image_leakage)
