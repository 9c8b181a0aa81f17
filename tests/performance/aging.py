"""Bias of tissue volumes by age and by the amount of sulcal CSF: `python tests/performance/aging.py [--heads 16]`.

Heads aged 20 to 90 are simulated at 1.5 mm: the cortex loses gray matter at its outer surface, which becomes sulcal
CSF, and the ventricles grow, by rates that vary between heads of an age; anatomy, contrast, bias field and noise are
those of `config/study/truth.yaml`. Each goes through align and segment. Prints true and estimated gray matter as a
fraction of the brain by age, their correlations with age, and the relative error of gray matter against true CSF: no
bias by the amount of CSF is a slope of 0. The last line is JSON.
"""

import argparse
import contextlib
import io
import json
import tempfile
from dataclasses import replace
from pathlib import Path

import nibabel as nib
import numpy as np
from preprocessing import REPOSITORY, real_settings, run_align, run_segment
from scipy import ndimage, stats

from adrepro.config.loading import load_settings
from adrepro.config.reference_space import BUILT_IN_SPACE, BUILT_IN_TEMPLATE
from adrepro.imaging.volumes import load
from adrepro.preprocessing.reference.template import template
from adrepro.simulation.anatomy import TISSUES, Head, make_head
from adrepro.simulation.deformation import atrophy_velocity, integrate, random_velocity
from adrepro.simulation.scanner import acquire

RESOLUTION_MM = 2.0
LOSS_PER_YEAR, VENTRICLES_PER_YEAR = 0.003, 0.012  # of cortical gray matter, and of the log-volume of the ventricles
AGES = (20.0, 90.0)
CSF, GM = TISSUES.index("CSF") + 1, TISSUES.index("GM") + 1


def thinned(head: Head, loss: float) -> Head:
    """Return the head with a fraction of the gray matter, nearest to the outer surface, in place of which is CSF."""
    labels = head.tissue.data.copy()
    gray = labels == GM
    inner = ndimage.binary_fill_holes(np.isin(labels, (GM, GM + 1)))  # without the outer CSF, with the ventricles
    depth = ndimage.gaussian_filter(inner.astype(np.float32), 1.0)[gray]
    place = np.argsort(depth, kind="stable")[: round(loss * gray.sum())]
    index = np.flatnonzero(gray)
    labels.flat[index[place]] = CSF
    return replace(head, tissue=head.tissue.like(labels))


def simulate(folder: Path, age: float, rng: np.random.Generator) -> dict[str, float]:
    """Write the scan of a head of some age, and return its true volumes in ml."""
    overlays = [REPOSITORY / "config" / name for name in ("config.yaml", "study/truth.yaml")]
    settings = load_settings(overlays).simulate
    years = age - AGES[0]
    loss = years * LOSS_PER_YEAR * float(rng.uniform(0.5, 1.5))
    growth = years * VENTRICLES_PER_YEAR * float(rng.uniform(0.5, 1.5))
    velocity = random_velocity(rng, settings.deformation_sd_mm, settings.deformation_smoothness_mm)
    deformation = integrate(velocity + atrophy_velocity(log_contraction=loss, log_expansion=growth))
    scale = np.exp(rng.normal(0, settings.head_size_sd) + rng.normal(0, 0.01, 3))
    scanner = settings.scanners[int(rng.integers(len(settings.scanners)))]
    image, truth, _ = acquire(deformation, scale, scanner, rng, thinned(make_head(), loss))
    nib.save(image, folder / "scan.nii.gz")
    return {name: float(volume.data.sum()) * volume.grid.voxel_ml for name, volume in truth.items()}


def estimate(folder: Path, working: Path) -> dict[str, float]:
    """Return the volumes in ml of the tissues that align and segment find."""
    settings = real_settings()
    run_align(folder / "scan.nii.gz", folder, working, settings, RESOLUTION_MM)
    run_segment(folder, working, settings.segmentation)
    maps = {name: load(folder / f"{name}.nii.gz") for name in ("GM", "WM", "CSF", "WMH")}
    return {name: float(volume.data.sum()) * volume.grid.voxel_ml for name, volume in maps.items()}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--heads", type=int, default=16)
    heads = parser.parse_args().heads
    ages, rng = np.linspace(*AGES, heads), np.random.default_rng(0)
    true, found = [], []
    with tempfile.TemporaryDirectory() as made:
        folder = Path(made)
        template(folder, folder / "space.json", RESOLUTION_MM, RESOLUTION_MM, BUILT_IN_TEMPLATE, BUILT_IN_SPACE, [])
        for age in ages:
            with contextlib.redirect_stdout(io.StringIO()):
                true.append(simulate(folder, float(age), rng))
                found.append(estimate(folder, folder / "working"))
            shown = ", ".join(f"{name} {found[-1][name]:.0f} of {true[-1][name]:.0f}" for name in ("GM", "WM", "CSF"))
            print(f"age {age:.0f}: {shown} ml; lesions {found[-1]['WMH']:.1f} ml", flush=True)
    gray = {key: np.array([row["GM"] for row in rows]) for key, rows in (("true", true), ("found", found))}
    fraction = {
        key: gray[key] / np.array([row["GM"] + row["WM"] for row in rows])
        for key, rows in (("true", true), ("found", found))
    }
    csf, error = np.array([row["CSF"] for row in true]), gray["found"] / gray["true"] - 1
    slope = stats.linregress(csf / 100, error)
    summary = {
        "age_r_true": float(np.corrcoef(ages, fraction["true"])[0, 1]),
        "age_r_found": float(np.corrcoef(ages, fraction["found"])[0, 1]),
        "slope_found_of_true": float(np.polyfit(fraction["true"], fraction["found"], 1)[0]),
        "gray_error_mean": float(error.mean()),
        "gray_error_sd": float(error.std(ddof=1)),
        "gray_error_per_100_ml_csf": float(slope.slope),
        "p_of_slope": float(slope.pvalue),
        "most_lesions_ml": max(row["WMH"] for row in found),
    }
    print(json.dumps({key: round(value, 4) for key, value in summary.items()}))


if __name__ == "__main__":
    main()
