"""One head under two ids, years later and on another scanner: rescans found against false alarms.

`python tests/performance/rescans.py [--people 48] [--surrogates 1000] [--folder DIR] [SCAN.nii.gz ...]`

Simulated people are scanned once; two thirds of them again after 0 to 5 years with atrophy of 0, 1, 2.5 or 5 % a year,
by another of the demo's scanners, and preprocessed with the demo's settings at 4 mm. Given SCANs, real heads, are
scanned again after 3 years of 2 % and 5 years of 5 %, with another contrast, bias field, noise, pose and voxel size, at
2 mm. Prints rescans found by the threshold of the study, and by the former measure (correlation of gray matter of at
least 0.5), and the highest similarity of two people. Surrogates are deformations without scans: enough pairs for the
tail of the distribution, as false alarms per million pairs beside those of the normal distribution. DIR keeps the
preprocessed scans. The last line is JSON.
"""

import argparse
import contextlib
import io
import json
import tempfile
from collections.abc import Callable
from functools import partial
from pathlib import Path

import nibabel as nib
import numpy as np
from preprocessing import REPOSITORY, real_settings, run_steps
from scipy import ndimage
from scipy.spatial.transform import Rotation
from scipy.stats import norm
from skimage.measure import block_reduce

from adrepro.config.loading import load_settings
from adrepro.config.reference_space import BUILT_IN_SPACE, BUILT_IN_TEMPLATE
from adrepro.config.settings.simulation import Scanner
from adrepro.config.settings.study import StudySettings
from adrepro.core.files import read_json
from adrepro.evaluation.near_duplicates import (
    COARSE_MM,
    FLOOR,
    Similarity,
    coarse_logarithm,
    coarse_region,
    similarity,
)
from adrepro.imaging.grids import apply_affine
from adrepro.imaging.nifti_reader import read_scan
from adrepro.imaging.volumes import Volume, load
from adrepro.preprocessing.reference.template import template
from adrepro.simulation.anatomy import GRAY, TISSUES, make_head, region_maps
from adrepro.simulation.deformation import Deformation, atrophy_velocity, integrate, random_velocity
from adrepro.simulation.scanner import acquire

RATES, YEARS = (0.0, 0.01, 0.025, 0.05), range(6)
REAL_RESCANS = ((3, 0.02), (5, 0.05))
VOXELS_MM = ((1.2, 1.2, 1.2), (1.0, 1.0, 1.6), (0.9, 1.3, 1.3))
FORMER, FALSE_ALARMS = 0.5, 0.01
DEVIATIONS = (3, 3.5, 4, 4.5, 5)


def anatomy(person: int, settings: StudySettings, loss: float = 0.0) -> tuple[Deformation, np.ndarray]:
    """Return the deformation and the head size of a simulated person after a loss of log-volume."""
    simulate, rng = settings.simulate, np.random.default_rng([person, 0])
    velocity = random_velocity(rng, simulate.deformation_sd_mm, simulate.deformation_smoothness_mm)
    scale = np.exp(rng.normal(0, simulate.head_size_sd) + rng.normal(0, 0.01, 3))
    atrophy = float(rng.uniform(0, 0.6)) + loss
    return integrate(velocity + atrophy_velocity(log_contraction=atrophy, log_expansion=1.5 * atrophy)), scale


def preprocess(folder: Path, make: Callable[[], nib.Nifti1Image], settings: StudySettings, working: Path) -> None:
    """Make and preprocess a scan, unless the folder has its results."""
    if (folder / "jacobian.nii.gz").exists() and (folder / "modulated.nii.gz").exists():
        return
    folder.mkdir(parents=True, exist_ok=True)
    nib.save(make(), folder / "scan.nii.gz")
    with contextlib.redirect_stdout(io.StringIO()):
        run_steps(folder / "scan.nii.gz", folder, working, settings, settings.resolution_mm)


def scanned(person: int, visit: int, loss: float, scanner: Scanner, settings: StudySettings) -> nib.Nifti1Image:
    """Return the scan of a simulated person at a visit, the second one after a loss of log-volume."""
    deformation, scale = anatomy(person, settings, visit * loss)
    return acquire(deformation, scale, scanner, np.random.default_rng([person, 1 + visit]))[0]


def simulated(folder: Path, people: int, settings: StudySettings, working: Path) -> dict[Path, tuple[int, float]]:
    """Preprocess the scans of simulated people; return years and annual rate of each rescan by folder."""
    scanners = [*settings.simulate.scanners, *settings.simulate.external_scanners]
    rescans = {}
    for person in range(people):
        years, rate = YEARS[person % len(YEARS)], RATES[person // len(YEARS) % len(RATES)]
        for visit in range(2 if person < people * 2 // 3 else 1):
            own = folder / f"p{person:03d}_{visit}"
            scanner = scanners[(person + visit * (1 + person // 4 % 3)) % len(scanners)]
            preprocess(own, partial(scanned, person, visit, years * rate, scanner, settings), settings, working)
            if visit:
                rescans[own] = (years, rate)
        print(f"person {person + 1} of {people}", flush=True)
    return rescans


def scanned_again(scan: Path, before: Path, years: float, rate: float, seed: int) -> nib.Nifti1Image:
    """Return a real scan after atrophy, in another pose, with other voxels, contrast, bias field and noise."""
    rng, (volume, _) = np.random.default_rng(seed), read_scan(scan)
    to_template = np.linalg.inv(np.array(read_json(before / "affine.json")["matrix"]))
    change = integrate(atrophy_velocity(log_contraction=years * rate, log_expansion=1.5 * years * rate))
    voxel = np.array(VOXELS_MM[seed % len(VOXELS_MM)])
    shape = np.ceil(np.max(np.array(volume.data.shape) * volume.voxel_mm) / voxel).astype(int)
    affine = np.eye(4)
    affine[:3, :3] = Rotation.from_euler("xyz", rng.normal(0, 6, 3), degrees=True).as_matrix() @ np.diag(voxel)
    center = apply_affine(volume.affine, (np.array(volume.data.shape) - 1) / 2)
    affine[:3, 3] = center - affine[:3, :3] @ ((shape - 1) / 2)
    points = apply_affine(affine, np.indices(shape).astype(np.float32))
    moved = apply_affine(np.linalg.inv(to_template), change(apply_affine(to_template, points).astype(np.float32)))
    values = volume.at(moved)
    values = np.clip(values / np.percentile(values[values > values.mean()], 99), 0, 1.5) ** rng.uniform(0.8, 1.25)
    bias = ndimage.zoom(rng.normal(0, 1, (4, 4, 4)), shape / 4, order=3)
    values = values * np.exp(0.2 * bias / bias.std()) + rng.normal(0, 0.02, values.shape)
    return nib.Nifti1Image((np.clip(values, 0, None) * 1000).astype(np.int16), affine)


def real(folder: Path, scans: list[Path], settings: StudySettings, working: Path) -> dict[Path, tuple[int, float]]:
    """Preprocess real scans and rescans of them; return years and annual rate of each rescan by folder."""
    rescans = {}
    for number, scan in enumerate(scans):
        first = folder / f"r{number:02d}_0"
        preprocess(first, partial(nib.load, scan), settings, working)
        for visit, (years, rate) in enumerate(REAL_RESCANS, start=1):
            own = folder / f"r{number:02d}_{visit}"
            preprocess(own, partial(scanned_again, scan, first, years, rate, 10 * number + visit), settings, working)
            rescans[own] = (years, rate)
        print(f"scan {number + 1} of {len(scans)}", flush=True)
    return rescans


def compared(folder: Path, voxel_mm: float, mask: Path) -> tuple[list[Path], Similarity, np.ndarray]:
    """Return the folders of all scans, their similarity, and their gray-matter maps at 4 mm."""
    folders = sorted(path.parent for path in folder.glob("*_*/jacobian.nii.gz"))
    people = np.array([path.name.split("_")[0] for path in folders])
    size = max(round(COARSE_MM / voxel_mm), 1)
    inside = coarse_region(load(mask).data, voxel_mm)
    maps = [coarse_logarithm(load(path / "jacobian.nii.gz").data, voxel_mm)[inside] for path in folders]
    gray = [block_reduce(load(path / "modulated.nii.gz").data, (size,) * 3, np.mean) for path in folders]
    scaled = np.stack([volume / np.percentile(volume, 99) for volume in gray])
    return folders, similarity(np.stack(maps), people, FALSE_ALARMS), scaled[:, scaled.mean(axis=0) > 0.1]


def former(gray: np.ndarray, pair: tuple[int, int]) -> float:
    """Return the correlation of two gray-matter maps after subtraction of the mean of all others."""
    others = np.delete(gray, pair, axis=0).mean(axis=0)
    return float(np.corrcoef(gray[pair[0]] - others, gray[pair[1]] - others)[0, 1])


def tail(people: int, settings: StudySettings) -> dict[str, float]:
    """Return false alarms per million pairs of surrogates, and of the normal distribution, by deviations."""
    grid, head = region_maps()[0], make_head()
    brain = head.tissue.like(np.isin(head.tissue.data, (*GRAY, TISSUES.index("CSF") + 1, TISSUES.index("WM") + 1)))
    inside = Volume(brain.data.astype(np.float32), brain.affine).on(grid).data > 0.5
    rows = []
    for person in range(people):
        field = anatomy(person, settings)[0].displacement
        slopes = np.stack([np.stack(np.gradient(part, float(grid.voxel_mm[0]))) for part in field])
        jacobian = np.linalg.det(np.moveaxis(slopes, (0, 1), (-2, -1)) + np.eye(3))
        rows.append(np.log(np.maximum(jacobian, FLOOR))[inside].astype(np.float32))
    found = similarity(np.stack(rows), np.arange(people), FALSE_ALARMS)
    values = np.arctanh(found.values[found.different])
    middle = np.median(values)
    scaled = (values - middle) / (1.4826 * np.median(np.abs(values - middle)))
    print(f"{len(scaled):,} pairs of surrogates, false alarms per million (normal distribution):")
    print("  " + ", ".join(f"{k} SD {1e6 * (scaled > k).mean():.1f} ({1e6 * norm.sf(k):.1f})" for k in DEVIATIONS))
    return {f"alarms_per_million_{k}": 1e6 * float((scaled > k).mean()) for k in DEVIATIONS}


def report(folders: list[Path], found: Similarity, gray: np.ndarray, rescans: dict[Path, tuple[int, float]]) -> dict:
    """Print and return the rescans found by either measure, and the highest similarity of two people."""
    position = {path: number for number, path in enumerate(folders)}
    rows = []
    for path, (years, rate) in rescans.items():
        pair = position[path.with_name(f"{path.name.split('_')[0]}_0")], position[path]
        rows.append((years, rate, found.values[pair], former(gray, pair)))
    for limit in sorted({rate for _, rate, _, _ in rows}):
        own = [row for row in rows if row[1] == limit]
        hits, lowest = sum(row[2] >= found.threshold for row in own), min(row[2] for row in own)
        before = sum(row[3] >= FORMER for row in own)
        print(f"{100 * limit:g} % a year: {hits} of {len(own)} rescans found (lowest {lowest:.2f}), {before} formerly")
    highest = float(found.values[found.different].max())
    pairs, alarms = int(found.different.sum()), len(found.alike())
    print(f"threshold {found.threshold:.2f}; of {pairs} pairs of two people the highest is {highest:.2f}")
    hits = sum(row[2] >= found.threshold for row in rows)
    return {"rescans": len(rows), "found": int(hits), "formerly": int(sum(row[3] >= FORMER for row in rows)),
            "lowest": float(min(row[2] for row in rows)), "threshold": found.threshold, "highest_different": highest,
            "false_alarms": alarms, "pairs": pairs}  # fmt: skip


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("scans", nargs="*", type=Path)
    parser.add_argument("--people", type=int, default=48)
    parser.add_argument("--surrogates", type=int, default=1000)
    parser.add_argument("--folder", type=Path)
    given = parser.parse_args()
    settings = real_settings() if given.scans else load_settings([REPOSITORY / "config" / "config.yaml"])
    if given.scans:
        settings = settings.model_copy(update={"resolution_mm": 2.0})
    with tempfile.TemporaryDirectory() as made:
        folder = given.folder or Path(made)
        reference, grid_mm = folder / "ref", settings.resolution_mm
        working_mm = settings.preprocessing.registration_resolution_mm
        template(reference, reference / "space.json", working_mm, grid_mm, BUILT_IN_TEMPLATE, BUILT_IN_SPACE, [])
        working = reference / "working"
        if given.scans:
            rescans = real(folder, sorted(given.scans), settings, working)
        else:
            rescans = simulated(folder, given.people, settings, working)
        result = report(*compared(folder, grid_mm, reference / "study" / "mask.nii.gz"), rescans)
    if not given.scans:
        result |= tail(given.surrogates, settings)
    print(json.dumps({key: round(value, 3) for key, value in result.items()}))


if __name__ == "__main__":
    main()
