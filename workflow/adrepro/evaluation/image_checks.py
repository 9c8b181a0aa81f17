"""Checks for leakage through images: equal and nearly equal images of different participants."""

from itertools import combinations
from pathlib import Path

import numpy as np
import pandas as pd

from adrepro.cohort.cohort_sheet import KEYS
from adrepro.cohort.leakage_checks import Check, check_result
from adrepro.cohort.scan_paths import scan_folder
from adrepro.core.files import read_json
from adrepro.evaluation.near_duplicates import MIN_SCANS, Similarity, coarse_logarithm, coarse_region, similarity
from adrepro.features.regional_table import region_columns
from adrepro.imaging.volumes import load


def check_content(scans: pd.DataFrame, inspected: Path) -> Check:
    """Check that no two participants have the same image, whatever its compression, header, axes or cohort.

    Parameters
    ----------
    scans : DataFrame
        Included scans: `participant_id scan`.
    inspected : Path
        Folder with `<scan>.json`, which holds a hash of the voxels (`content`).

    Returns
    -------
    dict
        From `check_result`.
    """
    owners: dict[str, list[str]] = {}
    for scan in scans.itertuples():
        content = read_json(inspected / f"{scan.scan}.json").get("content", scan.scan)
        owners.setdefault(content, []).append(scan.scan)
    person = dict(zip(scans["scan"], scans["participant_id"], strict=True))
    found = [
        f"{one} and {other}"
        for same in owners.values()
        for one, other in combinations(sorted(same), 2)
        if person[one] != person[other]
    ]
    return check_result("no image under two participants", f"{len(scans)} scans", found)


def scan_similarity(
    scans: pd.DataFrame, derivatives: Path, suffix: str, mask: Path, voxel_mm: float, false_alarms: float
) -> Similarity | None:
    """Return the similarity of the anatomy of all pairs of scans.

    Jacobian determinants of the registration are compared, which depend on the head and hardly on the scanner; where
    another tool made the maps, modulated gray matter, which tells heads apart less well.

    Parameters
    ----------
    scans : DataFrame
        Included scans: `participant_id scan`.
    derivatives : Path
        BIDS derivatives with the maps.
    suffix : str
        End of the file names of the maps, template space.
    mask : Path
        Brain mask of the template on the study grid.
    voxel_mm : float
        Edge of the voxels of the maps.
    false_alarms : float
        Expected number of false alarms among all pairs, which sets the threshold.

    Returns
    -------
    Similarity or None
        None with fewer than `MIN_SCANS` scans.
    """
    if len(scans) < MIN_SCANS:
        return None
    inside = coarse_region(load(mask).data, voxel_mm)
    paths = [derivatives / scan_folder(scan) / "anat" / f"{scan}_{suffix}" for scan in scans["scan"]]
    features = np.stack([coarse_logarithm(load(path).data, voxel_mm)[inside] for path in paths])
    return similarity(features, scans["participant_id"].to_numpy(), false_alarms)


def check_near_duplicates(scans: pd.DataFrame, found: Similarity | None, distinct: list[list[str]]) -> Check:
    """Check that no two participants have images of one head.

    Parameters
    ----------
    scans : DataFrame
        Included scans: `participant_id scan`.
    found : Similarity or None
        Similarity of all pairs, from `scan_similarity`.
    distinct : list of list of str
        Pairs of participants who are known to be different people.

    Returns
    -------
    dict
        From `check_result`.
    """
    name = "no head under two participants"
    if found is None:
        return check_result(name, f"0 pairs, since {MIN_SCANS} scans are needed", [])
    names, people = scans["scan"].to_list(), scans["participant_id"].to_list()
    known = {frozenset(pair) for pair in distinct}
    pairs = [pair for pair in found.alike() if frozenset((people[pair[0]], people[pair[1]])) not in known]
    return check_result(
        name,
        f"{int(found.different.sum())} pairs, correlation of anatomy below {found.threshold:.2f}",
        [f"{names[i]} and {names[j]} (correlation {correlation:.2f})" for i, j, correlation in pairs],
    )


def check_volumes(scans: pd.DataFrame, volumes: pd.DataFrame) -> Check:
    """Check that no two participants have the same volumes, where volumes come without images.

    Parameters
    ----------
    scans : DataFrame
        Included scans: `participant_id session_id scan`.
    volumes : DataFrame
        Regional volumes of the same scans, as text.

    Returns
    -------
    dict
        From `check_result`.
    """
    regions = region_columns(volumes.columns)
    table = scans.merge(volumes, on=KEYS)
    found = [
        f"{one} and {other}"
        for _, same in table.groupby(regions, sort=False)
        for (one, person), (other, another) in combinations(zip(same["scan"], same["participant_id"], strict=True), 2)
        if person != another
    ]
    return check_result("no equal volumes of two participants", f"{len(table)} scans", found)
