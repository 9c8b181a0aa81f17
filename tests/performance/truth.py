"""Compare preprocessing with the simulated ground truth: `python tests/performance/truth.py [RUN]` after `make demo`.

RUN is the folder of a finished run on the simulated cohort (default: here; `config/study/truth.yaml` describes how to
make one at 2 mm). Prints Dice overlaps in native space at the scans' own voxels and at the study's resolution, volumes
relative to the truth, the atrophy of the hippocampus in the regional measures, and one line of JSON.
"""

import json
import sys
from pathlib import Path

import numpy as np
from scipy import stats

from adrepro.cohort.scan_paths import scan_folder
from adrepro.config.reference_space import BUILT_IN_SPACE
from adrepro.core.files import read_json
from adrepro.core.tables import read_table
from adrepro.imaging.grids import apply_affine
from adrepro.imaging.spatial_transform import SpatialTransform, load_transform
from adrepro.imaging.volumes import isotropic_grid, load
from adrepro.preprocessing.reference.template_sources import load_template
from adrepro.simulation.anatomy import make_head
from adrepro.simulation.deformation import Deformation

TISSUES = ("CSF", "GM", "WM")


def dice(a: np.ndarray, b: np.ndarray) -> float:
    """Return the Dice coefficient of two maps thresholded at one half."""
    a, b = a > 0.5, b > 0.5
    return float(2 * (a & b).sum() / (a.sum() + b.sum()))


def register_error(run: Path, scan: str, transform: SpatialTransform, points: np.ndarray) -> tuple[float, float]:
    """Return the error of a transform relative to the ground truth.

    Parameters
    ----------
    run, scan
        Folder of the run, and `sub-X[_ses-Y]`.
    transform : SpatialTransform
        Estimated transform.
    points : ndarray, shape (3, n)
        Points in template space, mm.

    Returns
    -------
    distance_mm, log_jacobian_rmse : float
        Mean distance of the transformed points, and root mean square error of the log Jacobian determinant.
    """
    truth = run / "resources/simulated/truth" / scan_folder(scan) / "anat"
    field = load(truth / f"{scan}_desc-deformation_map.nii.gz")
    deformation = Deformation(np.moveaxis(field.data, -1, 0), field.grid)
    to_head = np.array(read_json(truth / f"{scan}_truth.json")["scan_to_head"])

    def true_map(native: np.ndarray) -> np.ndarray:
        return deformation(apply_affine(to_head, native)[..., None, None])[..., 0, 0]

    there = transform.to_native(points)
    gradient = [
        (true_map(there + step) - true_map(there - step)) / 2 for step in np.eye(3, dtype=np.float32)[..., None]
    ]
    true_log = -np.log(np.abs(np.linalg.det(np.moveaxis(np.stack(gradient), -1, 0))))
    found_log = np.log(np.maximum(transform.jacobian_at(points), 1e-3))
    distance = np.linalg.norm(true_map(there) - points, axis=0)
    return float(distance.mean()), float(np.sqrt(np.mean((found_log - true_log) ** 2)))


def gray_points() -> np.ndarray:
    """Return points of the template's gray matter, (3, n), MNI mm."""
    gray = load_template()["GM"]
    return gray.grid.points()[:, gray.data > 0.5][:, ::50]


def regional_volumes(folder: Path, scan: str) -> dict[str, float]:
    """Return the volume in ml of each region of one scan, with `folder` its derivatives."""
    (path,) = folder.glob(f"{scan}_atlas-*_desc-volume_morph.tsv")
    table = read_table(path)
    return dict(zip(table["name"], table["volume_ml"].astype(float), strict=True))


def compare_scan(run: Path, scan: str, resolution_mm: float, transform: SpatialTransform) -> dict[str, float]:
    """Return the Dice of mask and tissues of one scan, and estimated and true volumes in ml."""
    anat = Path(scan_folder(scan)) / "anat"
    truth = {t: load(run / "resources/simulated/truth" / anat / f"{scan}_label-{t}_probseg.nii.gz") for t in TISSUES}
    folder = run / "results/derivatives" / anat
    found = {t: load(folder / f"{scan}_label-{t}_probseg.nii.gz") for t in TISSUES}
    mask, true_mask = load(folder / f"{scan}_desc-brain_mask.nii.gz"), sum(v.data for v in truth.values())
    grid = isotropic_grid(mask.grid, resolution_mm)
    row = {"mask": dice(mask.data, true_mask)}
    row["mask_study"] = dice(mask.on(grid).data, mask.like(true_mask).on(grid).data)
    for name in TISSUES:
        row[name] = dice(found[name].data, truth[name].data)
        row[f"{name}_study"] = dice(found[name].on(grid).data, truth[name].on(grid).data)
    volumes = regional_volumes(folder, scan)
    true_volumes = read_json(run / "resources/simulated/truth" / anat / f"{scan}_truth.json")["ml"]
    for key, source in (("hippocampus", volumes), ("hippocampus_true", true_volumes)):
        row[key] = sum(ml for name, ml in source.items() if "hippocampus" in name)
    for key, source in (("", found), ("_true", truth)):
        row |= {f"{name}_ml{key}": float(v.data.sum()) * mask.grid.voxel_ml for name, v in source.items()}
    inside = transform.resample([make_head().ventricles], mask.grid, 1.0)[0].data > 0.5
    row["ventricles"] = float(found["CSF"].data[inside].sum()) * mask.grid.voxel_ml
    atrophy = read_json(run / "resources/simulated/truth" / anat / f"{scan}_truth.json")["atrophy"]
    return row | {"ventricles_true": true_volumes["ventricles"], "atrophy": atrophy["log_contraction"]}


def detection(values: dict[str, np.ndarray]) -> tuple[float, list[str]]:
    """Return the hippocampal loss that two groups of 15 can detect, and lines on groups by simulated atrophy.

    The detectable loss is a fraction, at a power of 80 %. Groups of increasing atrophy are compared with the
    participants of least atrophy by Welch's t-test on volume relative to TIV.
    """
    tiv = sum(values[f"{name}_ml"] for name in TISSUES)
    found, true = (np.log(values[key] / tiv) for key in ("hippocampus", "hippocampus_true"))
    slope, start = np.polyfit(true, found, 1)
    error = float(np.std(found - start - slope * true, ddof=2)) / slope
    least = 1 - np.exp(-(stats.norm.ppf(0.975) + stats.norm.ppf(0.8)) * error * np.sqrt(2 / 15))
    order = np.argsort(values["atrophy"])
    few = max(len(order) // 4, 2)
    lines = []
    for start_index in range(few, len(order) - few + 1, few):
        here, none = order[start_index : start_index + few], order[:few]
        loss = {key: 1 - np.exp(v[here].mean() - v[none].mean()) for key, v in (("true", true), ("found", found))}
        p = stats.ttest_ind(found[here], found[none], equal_var=False).pvalue
        lines.append(
            f"    {few} and {few} people: {loss['true']:.1%} lost in truth, {loss['found']:.1%} found, p = {p:.1g}"
        )
    return float(least), lines


def main() -> None:
    run = Path(sys.argv[1] if len(sys.argv) > 1 else ".")
    scans = list(read_table(run / "results/cohort/included.tsv")["scan"])
    reference = load(run / "results/reference/study/T1w.nii.gz")
    resolution_mm = float(reference.voxel_mm[0])
    points, rows = gray_points(), []
    for scan in scans:
        stem = run / "results/derivatives" / scan_folder(scan) / "anat" / f"{scan}_from-T1w_to-{BUILT_IN_SPACE}"
        inverse = Path(str(stem).replace(f"from-T1w_to-{BUILT_IN_SPACE}", f"from-{BUILT_IN_SPACE}_to-T1w"))
        warps = (Path(f"{path}_desc-warp_xfm.nii.gz") for path in (stem, inverse))
        transform = load_transform(Path(f"{stem}_desc-affine_xfm.json"), *warps)
        distance_mm, log_jacobian = register_error(run, scan, transform, points)
        rows.append(
            compare_scan(run, scan, resolution_mm, transform) | {"error_mm": distance_mm, "log_jacobian": log_jacobian}
        )
    values = {key: np.array([row[key] for row in rows]) for key in rows[0]}
    summary = {"scans": len(scans), "resolution_mm": resolution_mm}
    print(f"{len(scans)} scans; mean (minimum) of Dice in native voxels, and on {resolution_mm:g} mm voxels")
    for name in ("mask", *TISSUES):
        native, study = values[name], values[f"{name}_study"]
        print(f"  {name:5} {native.mean():.3f} ({native.min():.3f})   {study.mean():.3f} ({study.min():.3f})")
        summary |= {f"dice_{name}": native.mean(), f"dice_{name}_study": study.mean()}
    for key, name in (("hippocampus", "hippocampal"), ("GM_ml", "gray-matter"), ("ventricles", "ventricular")):
        found, true = values[key], values[f"{key}_true"]
        summary |= {f"{key}_r": np.corrcoef(found, true)[0, 1], f"{key}_bias": np.mean(found / true - 1)}
        print(f"  {name} volume: r = {summary[f'{key}_r']:.3f}, bias {summary[f'{key}_bias']:+.1%}")
    summary["smallest_loss"], lines = detection(values)
    print(f"  detectable difference of two groups of 15: {summary['smallest_loss']:.1%} of hippocampal volume; here")
    print("\n".join(lines))
    summary |= {"registration_error_mm": values["error_mm"].mean(), "log_jacobian_rmse": values["log_jacobian"].mean()}
    print(f"  registration: {values['error_mm'].mean():.2f} mm error in gray matter, root mean square error of the")
    print(f"    logarithm of the Jacobian determinant {values['log_jacobian'].mean():.3f}")
    print(json.dumps({key: round(float(value), 4) for key, value in summary.items()}))


if __name__ == "__main__":
    main()
