"""Memory and time of the SVM on all voxels, and how they grow with the number of scans.

`python tests/performance/machines.py [--scans 100 400] [--resolution 1.5] [--folder DIR]`

Maps are random. For each number of scans: inner products in blocks, then one fold of the study's protocol (17 values of
C, 10 inner folds) and its weight map; against the plain way, in which the matrix of all voxels is held in memory as
float64, for the first number. Each runs in a process of its own; the last line is JSON.
"""

import argparse
import json
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
import pandas as pd

from adrepro.features.linear_kernel import blocks, gram_matrix
from adrepro.imaging.grids import study_grid
from adrepro.models.classical.pipeline import Inputs, learn

SETTINGS = {
    "kind": "svm_voxel", "adjust": [], "unit_length": True, "divide_by_tiv": False, "inner_folds": 10,
    "c_grid": np.logspace(-6, 2, 17).tolist(),
}  # fmt: skip


def make_maps(path: Path, scans: int, resolution_mm: float) -> None:
    """Write random maps, in which class 1 is higher in one corner."""
    shape, random = study_grid(resolution_mm).shape, np.random.default_rng(0)
    with open(path, "wb") as file:  # not mapped: a child process would inherit this one's peak memory
        head = {"descr": "<f4", "fortran_order": False, "shape": (scans, *shape)}
        np.lib.format.write_array_header_1_0(file, head)
        for number in range(scans):
            one = random.random(shape, dtype=np.float32)
            one[:10, :10, :10] += 0.1 * (number % 2)
            one.tofile(file)


def run(way: str, path: Path) -> dict[str, float]:
    """Products and one fold of five; seconds and peak memory."""
    begin, scans = time.perf_counter(), len(np.load(path, mmap_mode="r"))
    if way == "plain":
        flat = np.load(path).reshape(scans, -1).astype(np.float64)
        products = flat @ flat.T
    else:
        products = gram_matrix(blocks(path))
    multiplied = time.perf_counter()
    covariates = pd.DataFrame({"tiv_ml": ["1400"] * scans})
    given = Inputs(None, products, covariates, np.arange(scans).astype(str), [], path, np.arange(scans))
    found = learn(given, np.arange(scans * 4 // 5), np.arange(scans) % 2, SETTINGS, 0)
    right = float(((found.scores > 0) == np.arange(scans) % 2)[scans * 4 // 5 :].mean())
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    seconds = {"products_s": multiplied - begin, "fold_s": time.perf_counter() - multiplied}
    return {**seconds, "mb": memory, "right": right}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--scans", type=int, nargs="+", default=[100, 400])
    parser.add_argument("--resolution", type=float, default=1.5)
    parser.add_argument("--folder", type=Path, help="for the maps: 7.5 MB a scan at 1.5 mm")
    parser.add_argument("--run", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.run:
        print(json.dumps(run(options.run, options.folder)))
        return
    results = []
    with tempfile.TemporaryDirectory(dir=options.folder) as folder:
        path = Path(folder) / "maps.npy"
        for scans in options.scans:
            make_maps(path, scans, options.resolution)
            for way in ("ours", "plain") if scans == options.scans[0] else ("ours",):
                command = [sys.executable, __file__, "--run", way, "--folder", str(path)]
                done = subprocess.run(command, capture_output=True, text=True, check=True)
                found = json.loads(done.stdout.splitlines()[-1])
                results.append({"scans": scans, "way": way, **found})
                told = ", ".join(f"{key} {value:.2f}" for key, value in found.items())
                print(f"{scans} scans at {options.resolution:g} mm, {way}: {told}", flush=True)
    print(json.dumps({"runs": results}))


if __name__ == "__main__":
    main()
