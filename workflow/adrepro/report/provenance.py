"""Where a report comes from: versions, seeds, and digests of what went in."""

import hashlib
import platform
from importlib.metadata import version
from pathlib import Path

from adrepro import __version__
from adrepro.core.files import read_json, write_json

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


def file_digest(path: Path) -> str:
    """SHA-256 of a file."""
    return hashlib.sha256(path.read_bytes()).hexdigest()


def images_digest(inspected: Path) -> tuple[int, str]:
    """How many images were read, and one SHA-256 over those of their voxels, in the order of the scans' names."""
    found = [(path.stem, read_json(path).get("content", "")) for path in sorted(inspected.glob("*.json"))]
    text = "".join(f"{scan} {content}\n" for scan, content in found if content)
    return sum(bool(content) for _, content in found), hashlib.sha256(text.encode()).hexdigest()


def note_versions(results: Path) -> str:
    """Add this environment's versions to those that took part in a run; returns what changed, in words, or nothing."""
    path = results / VERSIONS
    known: dict[str, list[str]] = read_json(path) if path.exists() else {}
    now = {name: version(name) for name in PACKAGES}
    changed = [
        f"{name} {known[name][-1]} is now {one}" for name, one in now.items() if known.get(name, [one])[-1] != one
    ]
    for name, one in now.items():
        if known.setdefault(name, [one])[-1] != one:
            known[name].append(one)
    write_json(path, known)
    if not changed:
        return ""
    return f"{', '.join(changed)}: finished results stay as they are; --forceall makes everything anew."


def versions(results: Path) -> dict[str, str]:
    """The versions of each package that took part in a run, in the order of their coming."""
    path = results / VERSIONS
    known = read_json(path) if path.exists() else {}
    return {name: ", then ".join(known.get(name, [version(name)])) for name in PACKAGES}


def provenance(results: Path, cohort: Path, config: dict) -> dict:
    """Versions, seed and digests, as the report and other programs read them."""
    count, digest = images_digest(results / "cohort" / "inspected")
    inputs = {"cohort sheet": file_digest(cohort), f"voxels of {count} images": digest}
    for name in ("labels", "accepted"):
        path = results / "cohort" / f"{name}.tsv"
        if path.exists():
            inputs[f"{name}.tsv"] = file_digest(path)
    splits = results / "splits" / "participants.tsv"
    if splits.exists():
        inputs["participants.tsv (splits)"] = file_digest(splits)
    return {
        "adrepro": __version__,
        "python": platform.python_version(),
        "packages": versions(results),
        "seed": config["seed"],
        "inputs": inputs,
        "config": config,
    }
