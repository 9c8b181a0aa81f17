"""Provenance of a report: versions, seed, and checksums of the inputs."""

import hashlib
import platform
from collections.abc import Iterable
from importlib.metadata import version
from pathlib import Path
from typing import Any

from adrepro import __version__
from adrepro.cohort.cohort_sheet import read_sheet
from adrepro.cohort.scan_paths import scans_of
from adrepro.config.settings.study import StudySettings
from adrepro.core.files import read_json, sha256, write_json

VERSIONS = "versions.json"
PACKAGES = (
    "antspyx",
    "captum",
    "monai",
    "nibabel",
    "nilearn",
    "numpy",
    "pandas",
    "scikit-learn",
    "scipy",
    "snakemake",
    "torch",
)


def images_digest(inspected: Path, scans: Iterable[str]) -> tuple[int, str]:
    """Return the number of images that were read, and one checksum over the voxels of all of them.

    Parameters
    ----------
    inspected : Path
        Folder with a `SCAN.json` of each scan, whose `content` is the SHA-256 of its voxels.
    scans : iterable of str
        Names of the scans of the cohort sheet.

    Returns
    -------
    count : int
        Number of scans with voxels.
    digest : str
        SHA-256 over their checksums, in the order of the scans' names.
    """
    records = [(scan, read_json(inspected / f"{scan}.json").get("content", "")) for scan in sorted(scans)]
    text = "".join(f"{scan} {content}\n" for scan, content in records if content)
    return sum(bool(content) for _, content in records), hashlib.sha256(text.encode()).hexdigest()


def note_versions(results: Path) -> str:
    """Record the versions of the packages of this environment in `versions.json`.

    Parameters
    ----------
    results : Path
        Folder of the results; `versions.json` in it lists the versions used so far, by package (input and output).

    Returns
    -------
    str
        Message about changed versions; empty if there are none.
    """
    path = results / VERSIONS
    recorded: dict[str, list[str]] = read_json(path) if path.exists() else {}
    current = {name: version(name) for name in PACKAGES}
    changed = [
        f"{name} {recorded[name][-1]} is now {number}"
        for name, number in current.items()
        if recorded.get(name, [number])[-1] != number
    ]
    for name, number in current.items():
        if recorded.setdefault(name, [number])[-1] != number:
            recorded[name].append(number)
    write_json(path, recorded)
    if not changed:
        return ""
    return f"{', '.join(changed)}: finished results are kept; --forceall recomputes everything."


def versions(results: Path) -> dict[str, str]:
    """Return all versions of each package that were used in a run, in chronological order.

    Parameters
    ----------
    results : Path
        Folder of the results, with or without `versions.json`.

    Returns
    -------
    dict
        Versions by package, such as `2.2.1, then 2.3.0`; the installed version where none is recorded.
    """
    path = results / VERSIONS
    recorded = read_json(path) if path.exists() else {}
    return {name: ", then ".join(recorded.get(name, [version(name)])) for name in PACKAGES}


def provenance(results: Path, cohort: Path, settings: StudySettings) -> dict[str, Any]:
    """Return the versions, seed, checksums and configuration of a study.

    Parameters
    ----------
    results : Path
        Folder of the results.
    cohort : Path
        Cohort sheet.
    settings : StudySettings
        Settings of the study.

    Returns
    -------
    dict
        `adrepro`, `python`, `packages` (versions), `seed`, `inputs` (SHA-256 by input) and `config`.
    """
    count, digest = images_digest(results / "cohort" / "inspected", scans_of(read_sheet(cohort))["scan"])
    inputs = {"cohort sheet": sha256(cohort), f"voxels of {count} images": digest}
    for name in ("labels", "included"):
        path = results / "cohort" / f"{name}.tsv"
        if path.exists():
            inputs[f"{name}.tsv"] = sha256(path)
    splits = results / "splits" / "participants.tsv"
    if splits.exists():
        inputs["participants.tsv (splits)"] = sha256(splits)
    return {
        "adrepro": __version__,
        "python": platform.python_version(),
        "packages": versions(results),
        "seed": settings.seed,
        "inputs": inputs,
        "config": settings.model_dump(mode="json"),
    }
