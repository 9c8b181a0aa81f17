"""Engines of registration against the simulated truth: `python tests/performance/registration.py [RUN] [--scans 6]`.

RUN is the folder of a finished run on the simulated cohort (default: here). Each engine that is installed registers the
same extracted brains on top of the same affines, in turn, with the settings of `config/config.yaml`. The plain way is
antspyx's `antsRegistrationSyNQuick`, its deformable stage by mutual information. The last line is JSON.
"""

import argparse
import importlib.util
import json
import time
from pathlib import Path

import numpy as np
from scipy import ndimage
from truth import grey_points, register_error

from adrepro.files import read_table
from adrepro.grids import SPACE
from adrepro.mapping import Mapping, load_mapping
from adrepro.normalize import register
from adrepro.settings import load_settings
from adrepro.sheet import scan_folder
from adrepro.volumes import load

REPOSITORY = Path(__file__).parents[2]
PLAIN = {"iterations": [40, 20, 0], "metric": "mattes", "radius": 1, "gradient_step": 0.2, "flow_sigma": 3}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("run", type=Path, nargs="?", default=Path())
    parser.add_argument("--scans", type=int, default=6)
    given = parser.parse_args()
    settings = load_settings([REPOSITORY / "config" / "config.yaml"])
    ways = {
        "plain": {"engine": "ants", "ants": PLAIN},
        **{name: {**settings["registration"], "engine": name} for name in ("ants", "torch", "fireants")},
    }
    if importlib.util.find_spec("fireants") is None:
        del ways["fireants"]
    every = list(read_table(given.run / "results/cohort/accepted.tsv")["scan"])
    scans = every[:: max(len(every) // given.scans, 1)][: given.scans]
    working = given.run / "results/reference/working"
    template, mask = (load(working / f"{name}.nii.gz") for name in ("T1w", "mask"))
    fixed = template.like(template.data * (mask.data > 0.5))
    near = mask.like(ndimage.binary_dilation(mask.data > 0.5).astype(np.float32))
    points = grey_points()
    rows: dict[str, list[tuple[float, float, float, float]]] = {name: [] for name in ("affine", *ways)}
    for scan in scans:
        folder = given.run / "results/derivatives" / scan_folder(scan) / "anat"
        affine = load_mapping(folder / f"{scan}_from-T1w_to-{SPACE}_desc-affine_xfm.json").affine
        whole = load(folder / f"{scan}_desc-preproc_T1w.nii.gz")
        brain = whole.like(whole.data * load(folder / f"{scan}_desc-brain_mask.nii.gz").data)
        rows["affine"].append((*register_error(given.run, scan, Mapping(affine), points), 0.0, 0.0))
        for name, way in ways.items():
            start = time.perf_counter()
            found = register(fixed, near, brain, affine, way, "cpu", settings["seed"])
            seconds = time.perf_counter() - start
            folded = float((found.jacobian_at(points) <= 0).mean())
            rows[name].append((*register_error(given.run, scan, found, points), seconds, folded))
    summary: dict[str, object] = {"scans": len(scans)}
    print(f"{len(scans)} scans, grey matter; mean (standard deviation) over scans")
    for name, values in rows.items():
        mean, sd = np.mean(values, axis=0), np.std(values, axis=0)
        print(
            f"  {name:9} {mean[0]:.2f} ({sd[0]:.2f}) mm off, log-Jacobian RMSE {mean[1]:.3f} ({sd[1]:.3f}), "
            f"{mean[2]:.1f} ({sd[2]:.1f}) s, {mean[3]:.4%} folded"
        )
        keys = ("error_mm", "log_jacobian_rmse", "seconds", "folded")
        summary |= {f"{name}_{key}": round(float(value), 4) for key, value in zip(keys, mean, strict=True)}
    print(json.dumps(summary))


if __name__ == "__main__":
    main()
