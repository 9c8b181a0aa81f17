"""Checks for leakage through images: equal and nearly equal images of different participants."""

from itertools import combinations
from pathlib import Path

import numpy as np
import pandas as pd

from adrepro.cohort.cohort_sheet import KEYS
from adrepro.cohort.scan_paths import scan_folder
from adrepro.core.files import read_json
from adrepro.evaluation.leakage_checks import Check, check_result
from adrepro.evaluation.near_duplicates import coarse, near_duplicates
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


def check_near_duplicates(scans: pd.DataFrame, derivatives: Path, suffix: str, voxel_mm: float, least: float) -> Check:
    """Check that no two participants have nearly the same image.

    Gray-matter maps are compared, which depend least on the scanner.

    Parameters
    ----------
    scans : DataFrame
        Included scans: `participant_id scan`.
    derivatives : Path
        BIDS derivatives with the maps.
    suffix : str
        End of the file names of the maps: modulated gray matter, template space.
    voxel_mm : float
        Edge of the voxels of the maps.
    least : float
        Correlation of individual anatomy from which two images are near-duplicates.

    Returns
    -------
    dict
        From `check_result`.
    """
    paths = [derivatives / scan_folder(scan) / "anat" / f"{scan}_{suffix}" for scan in scans["scan"]]
    images = np.stack([coarse(load(path).data, voxel_mm) for path in paths])
    compared, pairs = near_duplicates(images, scans["participant_id"].to_numpy(), least)
    names = scans["scan"].to_list()
    found = [
        f"{names[i]} and {names[j]} (correlation {correlation:.2f}, structural similarity {ssim:.2f})"
        for i, j, correlation, ssim in pairs
    ]
    return check_result("no nearly equal images of two participants", f"{compared} pairs", found)


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
