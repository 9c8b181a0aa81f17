"""Checks for leakage: partitions, training data of every model, and images of different participants."""

from collections.abc import Iterable
from itertools import combinations
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from adrepro.cohort.cohort_sheet import scan_folder, scan_name
from adrepro.core.files import MISSING, read_json, read_table
from adrepro.evaluation.near_duplicates import coarse, near_duplicates
from adrepro.imaging.volumes import load

EXAMPLES = 10
# Purposes that a validation scan must not serve. Selecting an epoch or aggregation weights by validation scans makes
# validation results optimistic, which the report states; fitting to them is leakage.
FITTED = ("weights", "scaling", "choice of C", "ComBat", "confounds")

Check = dict[str, Any]


def check_result(name: str, compared: str, found: Iterable[str]) -> Check:
    """Return one entry of the leakage checks.

    Parameters
    ----------
    name : str
        Name of the check, as the report lists it.
    compared : str
        Amount of data that was compared.
    found : iterable of str
        Leaks, one line each.

    Returns
    -------
    dict
        `name`, `compared`, `count` of leaks, `verdict` (`leak` or `clean`) and at most `EXAMPLES` `examples`.
    """
    found = sorted(found)
    return {
        "name": name,
        "compared": compared,
        "count": len(found),
        "verdict": "leak" if found else "clean",
        "examples": found[:EXAMPLES],
    }


def check_partitions(people: pd.DataFrame) -> Check:
    """Check that each participant is in one partition: test set, external, or one fold of the training part.

    Parameters
    ----------
    people : DataFrame
        Drawn splits: `participant_id partition fold`.

    Returns
    -------
    dict
        From `check_result`.
    """
    sides = people.assign(side=people["partition"] + " " + people["fold"])
    several = sides.groupby("participant_id")["side"].agg(lambda s: " and ".join(sorted(set(s))))
    counts = ", ".join(f"{n} {part}" for part, n in people["partition"].value_counts().sort_index().items())
    return check_result(
        "each participant on one side", counts, (f"{p}: {s}" for p, s in several.items() if " and " in str(s))
    )


def check_tasks(people: pd.DataFrame, views: dict[str, pd.DataFrame]) -> Check:
    """Check that every task has its participants in the partition and fold that were drawn for them.

    Parameters
    ----------
    people : DataFrame
        Drawn splits: `participant_id dataset partition fold`.
    views : dict of str to DataFrame
        Split of each task, with the same columns.

    Returns
    -------
    dict
        From `check_result`.
    """
    columns = ["participant_id", "dataset", "partition", "fold"]
    drawn = set(people[columns].itertuples(index=False, name=None))
    found = [
        f"{task}: {row[0]} is {row[2]} {row[3]}"
        for task, view in views.items()
        for row in view[columns].itertuples(index=False, name=None)
        if row not in drawn
    ]
    return check_result("tasks keep the drawn partitions", f"{len(views)} tasks with {len(people)} participants", found)


def check_groups(people: pd.DataFrame, sheet: pd.DataFrame, group: str) -> Check:
    """Check that participants who share a family, a site or another group are in one partition and fold.

    Parameters
    ----------
    people : DataFrame
        Drawn splits: `participant_id partition fold`.
    sheet : DataFrame
        Cohort sheet.
    group : str
        Column of the cohort sheet that names the group.

    Returns
    -------
    dict
        From `check_result`.
    """
    values = sheet.drop_duplicates("participant_id").set_index("participant_id")[group]
    rows = people.assign(value=people["participant_id"].map(values), side=people["partition"] + " " + people["fold"])
    rows = rows[rows["value"] != MISSING]
    sides = rows.groupby("value")["side"].agg(lambda s: " and ".join(sorted(set(s))))
    return check_result(
        f"each {group} on one side",
        f"{len(sides)} values of {group}",
        (f"{group} {value}: {s}" for value, s in sides.items() if " and " in str(s)),
    )


def training_uses(model: Path, seen: tuple[Path, ...] = ()) -> pd.DataFrame:
    """Return the scans that a trained model used, including those of the models that initialized it.

    Parameters
    ----------
    model : Path
        Folder of a fold model, with `training.tsv` and `model.json`.
    seen : tuple of Path, optional
        Folders visited already.

    Returns
    -------
    DataFrame
        Rows `purpose participant_id session_id`; the purposes of initializing models begin with `start: `.
    """
    rows = read_table(model / "training.tsv")
    for name in read_json(model / "model.json").get("builds_on", []):
        other = model.parents[2] / name
        if other not in seen:
            earlier = training_uses(other, (*seen, model))
            rows = pd.concat([rows, earlier.assign(purpose="start: " + earlier["purpose"])])
    return rows


def check_models(models: list[Path]) -> list[Check]:
    """Check the training data of every model against its test and validation participants.

    Test and external participants must not be used for any purpose, validation participants not for fitting, and no
    scan may be scored twice.

    Parameters
    ----------
    models : list of Path
        Folders of the fold models, with `training.tsv`, `model.json` and `scores.tsv`.

    Returns
    -------
    list of dict
        Three checks, from `check_result`.
    """
    tested, validated, visits = [], [], []
    counts = {"models": len(models), "uses": 0, "scores": 0}
    for model in models:
        used, scores = training_uses(model), read_table(model / "scores.tsv")
        name = "/".join(model.parts[-3:])
        counts["uses"] += len(used)
        counts["scores"] += len(scores)
        test = set(scores.loc[scores["split"] != "validation", "participant_id"])
        validation = set(scores.loc[scores["split"] == "validation", "participant_id"])
        fitted = used["purpose"].str.removeprefix("start: ").isin(FITTED)
        tested += [f"{name}: {r.participant_id} for {r.purpose}" for r in used.itertuples() if r.participant_id in test]
        validated += [
            f"{name}: {r.participant_id} for {r.purpose}"
            for r in used[fitted].itertuples()
            if r.participant_id in validation
        ]
        visits += [
            f"{name}: {scan_name(*key)} scored twice"
            for key, n in scores.groupby(["participant_id", "session_id"]).size().items()
            if n > 1
        ]
    compared = ", ".join(f"{n} {what}" for what, n in counts.items())
    return [
        check_result("nothing learned from test or external participants", compared, set(tested)),
        check_result("nothing fitted to validation participants", compared, set(validated)),
        check_result("each scan scored once", compared, set(visits)),
    ]


def check_visits(models: list[Path], labels: pd.DataFrame) -> Check:
    """Check that every score belongs to the baseline visit, at which the label was determined.

    Parameters
    ----------
    models : list of Path
        Folders of the fold models, with `scores.tsv`.
    labels : DataFrame
        Baseline visit of each participant: `participant_id session_id`.

    Returns
    -------
    dict
        From `check_result`.
    """
    baseline = set(labels[["participant_id", "session_id"]].itertuples(index=False, name=None))
    scored = {
        key
        for model in models
        for key in read_table(model / "scores.tsv")[["participant_id", "session_id"]].itertuples(index=False, name=None)
    }
    return check_result(
        "evaluated at baseline only", f"{len(scored)} scored scans", (scan_name(*key) for key in scored - baseline)
    )


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

    Grey-matter maps are compared, which depend least on the scanner.

    Parameters
    ----------
    scans : DataFrame
        Included scans: `participant_id scan`.
    derivatives : Path
        BIDS derivatives with the maps.
    suffix : str
        End of the file names of the maps: modulated grey matter, template space.
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


def check_templates(reference: dict[str, Any], atlas: dict[str, Any], derived_from: dict[str, str]) -> Check:
    """Check that template and atlas were not derived from participants of the study.

    Parameters
    ----------
    reference, atlas : dict of str to str
        Origin of the template (`space`, `source`) and of the atlas (`name`).
    derived_from : dict of str to str
        `participants` or `others` for `template` and `atlas`.

    Returns
    -------
    dict
        From `check_result`.
    """
    compared = f"template {reference['space']} ({reference['source']}), atlas {atlas['name']}"
    found = [
        f"the {name} was derived from participants" for name, whose in derived_from.items() if whose == "participants"
    ]
    return check_result("template and atlas from other people", compared, found)
