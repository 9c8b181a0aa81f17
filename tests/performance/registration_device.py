"""Compare CPU and GPU in the registration of tissue maps: `python tests/performance/registration_device.py`.

The template is registered to itself after a known smooth deformation, on one CPU thread and on the GPU if there is one,
in turn. Prints seconds, their ratio, the error relative to the known deformation, and the distance between both results
in gray matter. The last line is JSON.
"""

import argparse
import json
import time

import numpy as np
import torch
from scipy import ndimage

from adrepro.config.settings.registration import TorchRegistration
from adrepro.imaging.grids import study_grid
from adrepro.imaging.spatial_transform import SpatialTransform
from adrepro.imaging.volumes import Volume
from adrepro.preprocessing.reference.template_sources import load_template
from adrepro.preprocessing.registration.torch_backend import register_tissues

LARGEST_MM, SMOOTHNESS_MM = 8.0, 20.0


def deformation(volume: Volume) -> np.ndarray:
    """Return a smooth random displacement (3, X, Y, Z) in mm on the grid of a volume."""
    rng = np.random.default_rng(3)
    sigma = SMOOTHNESS_MM / float(volume.voxel_mm[0])
    field = np.stack([ndimage.gaussian_filter(rng.standard_normal(volume.data.shape), sigma) for _ in range(3)])
    return (field / np.abs(field).max() * LARGEST_MM).astype(np.float32)


def timed(device: str, template: dict[str, Volume], near: Volume, tissues: dict[str, Volume]) -> tuple:
    """Return the transform on a device and the seconds of the registration."""
    start = time.perf_counter()
    found = register_tissues(template, near, tissues, np.eye(4), TorchRegistration(), device)
    return found, time.perf_counter() - start


def compare(resolution_mm: float, devices: list[str], repeats: int) -> dict[str, float]:
    """Return seconds per device, their ratio, errors in mm and the distance between the results in mm."""
    maps = {name: volume.on(study_grid(resolution_mm)) for name, volume in load_template().items()}
    near = maps["mask"].like(ndimage.binary_dilation(maps["mask"].data > 0.5).astype(np.float32))
    field = deformation(maps["GM"])
    grid = maps["GM"].grid
    tissues = {name: maps[name].like(maps[name].at(grid.points() + field)) for name in ("GM", "WM")}
    points = grid.points()[:, maps["GM"].data > 0.5]
    found: dict[str, SpatialTransform] = {}
    seconds: dict[str, list[float]] = {device: [] for device in devices}
    for _ in range(repeats):
        for device in devices:
            found[device], duration = timed(device, maps, near, tissues)
            seconds[device].append(duration)
    row: dict[str, float] = {"resolution_mm": resolution_mm}
    for device in devices:
        there = found[device].to_native(points)
        back = there + np.stack([grid_part.at(there) for grid_part in map(maps["GM"].like, field)])
        row |= {f"{device}_seconds": float(np.min(seconds[device])), f"{device}_spread": float(np.ptp(seconds[device]))}
        row[f"{device}_error_mm"] = float(np.linalg.norm(back - points, axis=0).mean())
    if len(devices) == 2:
        row["ratio"] = row["cpu_seconds"] / row["cuda_seconds"]
        apart = found["cpu"].to_native(points) - found["cuda"].to_native(points)
        row["apart_mm"] = float(np.linalg.norm(apart, axis=0).mean())
        row["cuda_peak_mb"] = torch.cuda.max_memory_allocated() / 2**20
    return row


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--resolutions", type=float, nargs="+", default=[2.0, 1.0])
    parser.add_argument("--repeats", type=int, default=2)
    given = parser.parse_args()
    devices = ["cpu", "cuda"] if torch.cuda.is_available() else ["cpu"]
    rows = [compare(resolution, devices, given.repeats) for resolution in given.resolutions]
    for row in rows:
        print(", ".join(f"{key} {value:.3g}" for key, value in row.items()), flush=True)
    print(json.dumps(rows))


if __name__ == "__main__":
    main()
