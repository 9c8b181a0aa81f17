"""The leak certificate: what was really trained on, compared with what was tested on."""

from collections.abc import Iterable
from itertools import combinations
from pathlib import Path

import numpy as np
import pandas as pd

from adrepro.cohort.cohort_sheet import read_sheet, scan_folder, scan_name
from adrepro.core import step
from adrepro.core.files import MISSING, read_json, read_table, write_json
from adrepro.evaluation.near_duplicates import coarse, near_duplicates
from adrepro.imaging.volumes import load

EXAMPLES = 10
# What each use of a scan may touch. Choosing an epoch or a vote by validation scans makes validation results
# optimistic, which the report says; fitting by them would be a leak.
FITTED = ("weights", "scaling", "choice of C", "harmonisation", "adjustment")


def verdict(name: str, compared: str, found: Iterable[str]) -> dict:
    """One check as the certificate lists it: what was compared, how many leaks, and some of them."""
    found = sorted(found)
    return {
        "name": name,
        "compared": compared,
        "count": len(found),
        "verdict": "leak" if found else "clean",
        "examples": found[:EXAMPLES],
    }


def check_partitions(people: pd.DataFrame) -> dict:
    """Each participant is on one side: in the test set, external, or in one fold of the training part."""
    sides = people.assign(side=people["partition"] + " " + people["fold"])
    several = sides.groupby("participant_id")["side"].agg(lambda s: " and ".join(sorted(set(s))))
    counts = ", ".join(f"{n} {part}" for part, n in people["partition"].value_counts().sort_index().items())
    return verdict(
        "each participant on one side", counts, (f"{p}: {s}" for p, s in several.items() if " and " in str(s))
    )


def check_views(people: pd.DataFrame, views: dict[str, pd.DataFrame]) -> dict:
    """Every task has its participants on the side where they were drawn."""
    columns = ["participant_id", "dataset", "partition", "fold"]
    drawn = set(people[columns].itertuples(index=False, name=None))
    found = [
        f"{task}: {row[0]} is {row[2]} {row[3]}"
        for task, view in views.items()
        for row in view[columns].itertuples(index=False, name=None)
        if row not in drawn
    ]
    return verdict("tasks keep to the draw", f"{len(views)} tasks with {len(people)} participants", found)


def check_groups(people: pd.DataFrame, sheet: pd.DataFrame, group: str) -> dict:
    """Nobody shares a family, a site or whatever `group` names with somebody on another side."""
    values = sheet.drop_duplicates("participant_id").set_index("participant_id")[group]
    rows = people.assign(value=people["participant_id"].map(values), side=people["partition"] + " " + people["fold"])
    rows = rows[rows["value"] != MISSING]
    sides = rows.groupby("value")["side"].agg(lambda s: " and ".join(sorted(set(s))))
    return verdict(
        f"each {group} on one side",
        f"{len(sides)} values of {group}",
        (f"{group} {value}: {s}" for value, s in sides.items() if " and " in str(s)),
    )


def used_by(model: Path, seen: tuple[Path, ...] = ()) -> pd.DataFrame:
    """What a trained model (its folder) used: its own `training.tsv`, and those of the models it builds on."""
    rows = read_table(model / "training.tsv")
    for name in read_json(model / "model.json").get("builds_on", []):
        other = model.parents[2] / name
        if other not in seen:
            earlier = used_by(other, (*seen, model))
            rows = pd.concat([rows, earlier.assign(purpose="start: " + earlier["purpose"])])
    return rows


def check_models(models: list[Path]) -> list[dict]:
    """No model used, for any purpose, a participant it is tested on, nor fitted itself to one it is validated on."""
    tested, validated, visits = [], [], []
    counts = {"models": len(models), "uses": 0, "scores": 0}
    for model in models:
        used, scores = used_by(model), read_table(model / "scores.tsv")
        name = "/".join(model.parts[-3:])
        counts["uses"] += len(used)
        counts["scores"] += len(scores)
        judged = set(scores.loc[scores["split"] != "validation", "participant_id"])
        chosen = set(scores.loc[scores["split"] == "validation", "participant_id"])
        fitted = used["purpose"].str.removeprefix("start: ").isin(FITTED)
        tested += [
            f"{name}: {r.participant_id} for {r.purpose}" for r in used.itertuples() if r.participant_id in judged
        ]
        validated += [
            f"{name}: {r.participant_id} for {r.purpose}"
            for r in used[fitted].itertuples()
            if r.participant_id in chosen
        ]
        visits += [
            f"{name}: {scan_name(*key)} scored twice"
            for key, n in scores.groupby(["participant_id", "session_id"]).size().items()
            if n > 1
        ]
    told = ", ".join(f"{n} {what}" for what, n in counts.items())
    return [
        verdict("nothing learnt from test or external participants", told, set(tested)),
        verdict("nothing fitted to validation participants", told, set(validated)),
        verdict("each scan scored once", told, set(visits)),
    ]


def check_visits(models: list[Path], labels: pd.DataFrame) -> dict:
    """Every score is of the visit at which the label was judged."""
    judged = set(labels[["participant_id", "session_id"]].itertuples(index=False, name=None))
    scored = {
        key
        for model in models
        for key in read_table(model / "scores.tsv")[["participant_id", "session_id"]].itertuples(index=False, name=None)
    }
    return verdict(
        "evaluated at baseline alone", f"{len(scored)} scored scans", (scan_name(*key) for key in scored - judged)
    )


def check_content(scans: pd.DataFrame, inspected: Path) -> dict:
    """No two participants have the same image, whatever its compression, header, axes or cohort."""
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
    return verdict("no image under two participants", f"{len(scans)} scans", found)


def check_likeness(scans: pd.DataFrame, derivatives: Path, suffix: str, voxel_mm: float, least: float) -> dict:
    """No two participants have nearly the same image; judged by grey matter, which other scanners change least."""
    paths = [derivatives / scan_folder(scan) / "anat" / f"{scan}_{suffix}" for scan in scans["scan"]]
    images = np.stack([coarse(load(path).data, voxel_mm) for path in paths])
    compared, pairs = near_duplicates(images, scans["participant_id"].to_numpy(), least)
    names = scans["scan"].to_list()
    found = [
        f"{names[i]} and {names[j]} (own correlation {own:.2f}, structural similarity {ssim:.2f})"
        for i, j, own, ssim in pairs
    ]
    return verdict("no nearly equal images of two participants", f"{compared} pairs", found)


def check_templates(reference: dict, atlas: dict, made_of: dict[str, str]) -> dict:
    """Template and atlas owe nothing to the study's participants; `made_of` says `participants` or `others` of each."""
    told = f"template {reference['space']} ({reference['source']}), atlas {atlas['name']}"
    found = [f"the {name} was made of participants" for name, whose in made_of.items() if whose == "participants"]
    return verdict("template and atlas from other people", told, found)


def leakage(
    results: Path,
    cohort: Path,
    accepted: Path,
    suffix: str,
    reference: Path,
    atlas: Path,
    out: Path,
    models: dict,
    folds: int,
    settings: dict,
    resolution_mm: float,
) -> None:
    """Write the certificate. `models` lists the approaches per task; `settings`: `near_duplicate group made_of`."""
    scans = read_table(accepted)
    people, labels = read_table(results / "splits/participants.tsv"), read_table(results / "cohort/labels.tsv")
    made = [
        results / task / name / f"fold-{k}" for task, names in models.items() for name in names for k in range(folds)
    ]
    checks = [
        check_partitions(people),
        check_views(people, {task: read_table(results / "splits" / f"{task}.tsv") for task in models}),
        *([check_groups(people, read_sheet(cohort), settings["group"])] if settings["group"] else []),
        *check_models(made),
        check_visits(made, labels),
        check_content(scans, results / "cohort/inspected"),
        check_likeness(scans, results / "derivatives", suffix, resolution_mm, settings["near_duplicate"]),
        check_templates(read_json(reference), read_json(atlas), settings["made_of"]),
    ]
    leaks = [check for check in checks if check["verdict"] == "leak"]
    write_json(out, {"verdict": "leak" if leaks else "clean", "checks": checks})
    for check in checks:
        print(f"{check['verdict']}: {check['name']} ({check['compared']})", *check["examples"], sep="\n  ")


if __name__ == "__main__":
    step.run(leakage)
