"""From a native scan to the minimal stream: bias field, brain mask and affine alignment to the reference space."""

from pathlib import Path

import numpy as np

from adrepro.core import step
from adrepro.core.errors import ScanFault
from adrepro.core.files import write_json
from adrepro.imaging.grids import study_grid
from adrepro.imaging.nifti_reader import is_stripped, read_scan
from adrepro.imaging.spatial_transform import Mapping, save_affine
from adrepro.imaging.volumes import Volume, isotropic_grid, load, save
from adrepro.preprocessing import brain_extraction as extraction
from adrepro.preprocessing.initial_alignment import (
    background,
    find_affine,
    find_head,
    largest_part,
    start_position,
    widened,
)
from adrepro.preprocessing.registration.ants_backend import estimate_bias, register_affine


def remove_bias(scan: Volume, head: np.ndarray, small: Volume, bias: dict) -> tuple[Volume, Volume]:
    """Divide `scan` by the N4 field estimated on a coarse copy; returns the scan and `small`, both corrected."""
    coarse = small.on(isotropic_grid(small.grid, bias["grid_mm"]))
    inside = small.like(head.astype(np.float32)).on(coarse.grid).data > 0.5
    field = estimate_bias(coarse, inside, bias["iterations"], bias["spline_mm"])
    return tuple(  # type: ignore[return-value]
        v.like(v.data / np.maximum(field.on(v.grid, outside=1.0).data, 0.05)) for v in (scan, small)
    )


def bias_strength(original: Volume, corrected: Volume, brain: np.ndarray) -> float:
    """Standard deviation of the logarithm of the removed bias field inside the brain."""
    inside = brain & (original.data > 0) & (corrected.data > 0)
    return round(float(np.log(original.data[inside] / corrected.data[inside]).std()), 5)


def align(
    t1w: Path,
    reference: Path,
    corrected: Path,
    mask: Path,
    affine: Path,
    preproc: Path,
    sidecar: Path,
    preproc_sidecar: Path,
    settings: dict,
    resolution_mm: float,
    space: str,
    seed: int,
    provided_mask: list[Path],
) -> None:
    """Write the bias-corrected scan and brain mask (native) and the affinely aligned scan on the study grid."""
    scan, _ = read_scan(t1w)
    method = settings["brain_extraction"]
    stripped = method == "none" or (settings["detect_stripped"] and is_stripped(scan))
    template = {name: load(reference / f"{name}.nii.gz") for name in ("T1w", "mask")}
    brain_points = template["T1w"].grid.points()[:, template["mask"].data > 0.5]
    small = scan.on(isotropic_grid(scan.grid, settings["working_mm"]))
    level = background(small, stripped)
    scan, small = (volume.like(np.maximum(volume.data - level, 0)) for volume in (scan, small))
    head = small.data > small.data.min() if stripped else find_head(small)
    original = scan
    scan, small = remove_bias(scan, head, small, settings["bias"])
    matrix = find_affine(template, small, start_position(small, head, brain_points.mean(axis=1)), seed)
    if stripped:
        brain = largest_part(original.data > original.data.min())
    elif method == "provided":
        if not provided_mask:
            raise ScanFault(f"{t1w.name}: preprocessing.brain_masks holds no mask of this scan; add it or use atlas")
        brain = extraction.from_file(provided_mask[0], scan)
    elif method == "hd-bet":
        brain = extraction.from_hd_bet(scan)
    else:
        brain = extraction.from_template(scan, small, template, matrix, settings["brain_iterations"], seed)
    if not stripped:
        inside = scan.like(brain.astype(np.float32)).on(small.grid).data > 0.5
        near, alone = widened(template["mask"]), small.like(small.data * inside)
        matrix = register_affine(template["T1w"], alone, near, matrix, seed, levels_mm=(4,))
    print(f"brain {brain.sum() * scan.grid.voxel_ml:.0f} ml, skull-stripped before: {stripped}")
    grid = study_grid(resolution_mm)
    linear = scan.antialiased(resolution_mm).at(Mapping(matrix).to_scan(grid.points()))
    save_affine(affine, matrix, bias_strength=bias_strength(original, scan, brain), skull_stripped=stripped)
    known = {
        "SkullStripped": stripped,
        "Description": "T1w corrected for bias by N4",
        "Sources": [t1w.name],
    }
    write_json(sidecar, {**known, "SpatialReference": "orig"})
    write_json(preproc_sidecar, {**known, "SpatialReference": space, "Resolution": f"{resolution_mm:g} mm isotropic"})
    save(corrected, scan)
    save(mask, scan.like(brain.astype(np.uint8)), dtype=np.int16)
    save(preproc, Volume(linear, grid.affine))


if __name__ == "__main__":
    step.run(align)
