"""Compare the registration backends: `python tests/performance/registration.py [RUN] [--scans 6] [--config OVERLAY]`.

RUN is the folder of a finished run (default: here). Each installed backend registers the same brains on top of the
same affines, in turn, with the settings of `config/config.yaml` and the overlays. The plain one is antspyx's
`antsRegistrationSyNQuick`, its deformable stage by mutual information. On the simulated cohort transforms are compared
with the ground truth; on real scans `--segmentation SCAN=ASEG.nii.gz` (may be repeated) compares the tissues of the
template, resampled to the scan, with those of FreeSurfer. The last line is JSON.
"""

import argparse
import importlib.util
import json
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
from preprocessing import tissue_dice
from truth import gray_points, register_error

from adrepro.cohort.scan_paths import scan_folder
from adrepro.config.loading import load_settings
from adrepro.config.reference_space import BUILT_IN_SPACE
from adrepro.config.settings.registration import AntsRegistration, RegistrationSettings
from adrepro.core.tables import read_table
from adrepro.imaging.spatial_transform import SpatialTransform, load_transform
from adrepro.imaging.volumes import Volume, load
from adrepro.preprocessing.reference.maps import load_reference
from adrepro.preprocessing.registration.engines import register

CONFIG = Path(__file__).parents[2] / "config" / "config.yaml"
PLAIN = AntsRegistration(iterations=[40, 20, 0], metric="mattes", radius=1, gradient_step=0.2, flow_sigma=3)


def by_truth(run: Path, scan: str, transform: SpatialTransform) -> dict[str, float]:
    """Return the errors of a transform relative to the simulated ground truth."""
    error_mm, rmse = register_error(run, scan, transform, gray_points())
    return {"error_mm": error_mm, "log_jacobian_rmse": rmse}


def by_segmentation(template: dict[str, Volume], segmentation: Path, transform: SpatialTransform) -> dict[str, float]:
    """Return the Dice coefficients of the template's tissues, resampled to the scan, with FreeSurfer's segmentation."""
    found = tissue_dice(lambda name, points: template[name].at(transform.to_template(points)), segmentation)
    return {f"dice_{name}": value for name, value in found.items()}


def compare(
    run: Path,
    scan: str,
    backends: dict[str, RegistrationSettings],
    seed: int,
    evaluate: Callable[[SpatialTransform], dict[str, float]],
) -> dict[str, dict[str, float]]:
    """Return the accuracy of each backend on one scan by `evaluate`, with seconds, folds and repeatability."""
    working = run / "results/reference/working"
    template, near = load_reference(working)
    folder = run / "results/derivatives" / scan_folder(scan) / "anat"
    affine = load_transform(folder / f"{scan}_from-T1w_to-{BUILT_IN_SPACE}_desc-affine_xfm.json").affine
    whole = load(folder / f"{scan}_desc-preproc_T1w.nii.gz")
    brain = whole.like(whole.data * load(folder / f"{scan}_desc-brain_mask.nii.gz").data)
    tissues = {name: load(folder / f"{scan}_label-{name}_probseg.nii.gz") for name in ("GM", "WM")}
    points = gray_points()
    rows = {
        "affine": {
            **evaluate(SpatialTransform(affine)),
            "seconds": 0.0,
            "folded": 0.0,
            "lowest_jacobian": 1.0,
            "repeats": 1.0,
        }
    }
    for name, settings in backends.items():
        start = time.perf_counter()
        found = register(template, near, brain, tissues, affine, settings, "cpu", seed)
        seconds = time.perf_counter() - start
        again = register(template, near, brain, tissues, affine, settings, "cpu", seed)
        determinant = found.jacobian_at(points) / abs(np.linalg.det(affine[:3, :3]))
        rows[name] = {
            **evaluate(found),
            "seconds": seconds,
            "folded": float((determinant <= 0).mean()),
            "lowest_jacobian": float(determinant.min()),
            "repeats": float(np.array_equal(found.warp.data, again.warp.data)),
        }
    return rows


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("run", type=Path, nargs="?", default=Path())
    parser.add_argument("--scans", type=int, default=6)
    parser.add_argument("--config", type=Path, action="append", default=[])
    parser.add_argument("--segmentation", action="append", default=[], metavar="SCAN=ASEG")
    given = parser.parse_args()
    settings = load_settings([CONFIG, *given.config])
    engines = ["ants", "torch"] + (["fireants"] if importlib.util.find_spec("fireants") else [])
    backends = {"plain": RegistrationSettings(engine="ants", ants=PLAIN)}
    backends |= {name: settings.registration.model_copy(update={"engine": name}) for name in engines}
    if given.segmentation:
        working = given.run / "results/reference/working"
        template = {name: load(working / f"{name}.nii.gz") for name in ("CSF", "GM", "WM")}
        pairs = dict(pair.split("=", 1) for pair in given.segmentation)
        evaluations = {s: lambda m, a=a: by_segmentation(template, Path(a), m) for s, a in pairs.items()}
    else:
        every = list(read_table(given.run / "results/cohort/included.tsv")["scan"])
        chosen = every[:: max(len(every) // given.scans, 1)][: given.scans]
        evaluations = {s: lambda m, s=s: by_truth(given.run, s, m) for s in chosen}
    found = [compare(given.run, scan, backends, settings.seed, evaluate) for scan, evaluate in evaluations.items()]
    summary: dict[str, object] = {"scans": len(found)}
    print(f"{len(found)} scans, gray matter; mean (standard deviation) over scans")
    for name in ("affine", *backends):
        columns = {key: [rows[name][key] for rows in found] for key in found[0][name]}
        print(f"  {name:9} " + ", ".join(f"{k} {np.mean(v):.3f} ({np.std(v):.3f})" for k, v in columns.items()))
        summary |= {f"{name}_{key}": round(float(np.mean(values)), 4) for key, values in columns.items()}
    print(json.dumps(summary))


if __name__ == "__main__":
    main()
