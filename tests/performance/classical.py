"""Memory and time of the voxel SVM (classical models), and how they grow with the number of scans.

`python tests/performance/classical.py [--scans 100 400] [--resolution 1.5] [--folder DIR]`

Maps are random. For each number of scans: the linear kernel in blocks, then one fold of the study's protocol (17 values
of C, 10 inner folds) and its weight map. For the first number it is compared with a dense computation, in which the
matrix of all voxels is in memory as float64. Each run is a process of its own; the last line is JSON.
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

from adrepro.config.settings.approaches import ClassicalApproach
from adrepro.features.linear_kernel import blocks, kernel_matrix
from adrepro.imaging.grids import study_grid
from adrepro.models.classical.feature_set import FeatureSet
from adrepro.models.classical.pipeline import fit_and_score

SETTINGS = ClassicalApproach(kind="svm_voxel", inner_folds=10, c_grid=np.logspace(-6, 2, 17).tolist())


def make_maps(path: Path, scans: int, resolution_mm: float) -> None:
    """Write random maps with higher values of class 1 in one corner."""
    shape, random = study_grid(resolution_mm).shape, np.random.default_rng(0)
    with open(path, "wb") as file:  # not memory-mapped: a child process would inherit the peak memory of this one
        head = {"descr": "<f4", "fortran_order": False, "shape": (scans, *shape)}
        np.lib.format.write_array_header_1_0(file, head)
        for number in range(scans):
            one = random.random(shape, dtype=np.float32)
            one[:10, :10, :10] += 0.1 * (number % 2)
            one.tofile(file)


def run(method: str, path: Path) -> dict[str, float]:
    """Compute the kernel and fit one of five folds; return seconds, peak memory (MB) and accuracy."""
    begin, scans = time.perf_counter(), len(np.load(path, mmap_mode="r"))
    if method == "dense":
        flat = np.load(path).reshape(scans, -1).astype(np.float64)
        kernel = flat @ flat.T
    else:
        kernel = kernel_matrix(blocks(path))
    multiplied = time.perf_counter()
    covariates = pd.DataFrame({"tiv_ml": ["1400"] * scans})
    inputs = FeatureSet(None, kernel, covariates, np.arange(scans).astype(str), [], path, np.arange(scans))
    result = fit_and_score(inputs, np.arange(scans * 4 // 5), np.arange(scans) % 2, SETTINGS, 0)
    accuracy = float(((result.scores > 0) == np.arange(scans) % 2)[scans * 4 // 5 :].mean())
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    seconds = {"kernel_s": multiplied - begin, "fold_s": time.perf_counter() - multiplied}
    return {**seconds, "mb": memory, "accuracy": accuracy}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--scans", type=int, nargs="+", default=[100, 400])
    parser.add_argument("--resolution", type=float, default=1.5)
    parser.add_argument("--folder", type=Path, help="folder of the maps, 7.5 MB per scan at 1.5 mm")
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
            for method in ("blocks", "dense") if scans == options.scans[0] else ("blocks",):
                command = [sys.executable, __file__, "--run", method, "--folder", str(path)]
                done = subprocess.run(command, capture_output=True, text=True, check=True)
                found = json.loads(done.stdout.splitlines()[-1])
                results.append({"scans": scans, "method": method, **found})
                values = ", ".join(f"{key} {value:.2f}" for key, value in found.items())
                print(f"{scans} scans at {options.resolution:g} mm, {method}: {values}", flush=True)
    print(json.dumps({"runs": results}))


if __name__ == "__main__":
    main()
