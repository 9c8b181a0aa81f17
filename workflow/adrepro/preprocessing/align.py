"""Minimal preprocessing of a native scan: bias field, brain mask and affine alignment to the template."""

from pathlib import Path

import numpy as np

from adrepro.config.settings.images import BiasField, PreprocessingSettings
from adrepro.core import step
from adrepro.core.errors import ScanFault
from adrepro.core.files import write_json
from adrepro.imaging.grids import study_grid
from adrepro.imaging.nifti_reader import is_stripped, read_scan
from adrepro.imaging.spatial_transform import SpatialTransform, save_affine
from adrepro.imaging.volumes import Volume, isotropic_grid, load, save
from adrepro.preprocessing import brain_extraction as extraction
from adrepro.preprocessing.bias_field import estimate_bias
from adrepro.preprocessing.initial_alignment import (
    background_level,
    dilate,
    find_affine,
    find_head,
    initial_translation,
    largest_component,
)
from adrepro.preprocessing.registration.ants_backend import register_affine


def remove_bias(scan: Volume, head: np.ndarray, small: Volume, bias: BiasField) -> tuple[Volume, Volume]:
    """Divide a scan by its N4 bias field, estimated on a coarse copy.

    Parameters
    ----------
    scan : Volume
        T1w scan, native space.
    head : ndarray of bool, shape (X, Y, Z)
        Head mask on the grid of `small`.
    small : Volume
        The scan at the resolution of registration.
    bias : BiasField
        Settings of N4.

    Returns
    -------
    scan, small : Volume
        Both corrected.
    """
    coarse = small.on(isotropic_grid(small.grid, bias.grid_mm))
    inside = small.like(head.astype(np.float32)).on(coarse.grid).data > 0.5
    field = estimate_bias(coarse, inside, bias.iterations, bias.spline_mm)
    scan, small = (v.like(v.data / np.maximum(field.on(v.grid, outside=1.0).data, 0.05)) for v in (scan, small))
    return scan, small


def bias_strength(original: Volume, corrected: Volume, brain: np.ndarray) -> float:
    """Return the standard deviation of the logarithm of the removed bias field inside the brain.

    Parameters
    ----------
    original, corrected : Volume
        T1w scan before and after the correction, native space.
    brain : ndarray of bool, shape (X, Y, Z)
        Brain mask.
    """
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
    settings: PreprocessingSettings,
    resolution_mm: float,
    space: str,
    seed: int,
    provided_mask: list[Path],
) -> None:
    """Write the bias-corrected scan, its brain mask, and the scan affinely aligned to the template.

    Parameters
    ----------
    t1w : Path
        T1w scan, native space (input).
    reference : Path
        Folder with `T1w.nii.gz` and `mask.nii.gz` of the template at the resolution of registration (input).
    corrected, mask : Path
        Bias-corrected T1w scan and brain mask, native space (output).
    affine : Path
        JSON to write: `matrix` (4 x 4, template mm to scan mm), `bias_strength` and `skull_stripped` (output).
    preproc : Path
        Affinely aligned T1w scan on the study grid (output).
    sidecar, preproc_sidecar : Path
        BIDS sidecars of `corrected` and `preproc` (output).
    settings : PreprocessingSettings
        Bias field, brain extraction and resolution of registration.
    resolution_mm : float
        Voxel size of the study grid in mm.
    space : str
        BIDS label of the template space.
    seed : int
        Random seed of ANTs.
    provided_mask : list of Path
        Brain mask of this scan, native space; used for `brain_extraction: provided` (input).

    Raises
    ------
    ScanFault
        If the scan cannot be read, has no recognizable head, has no provided mask, or cannot be registered.
    """
    scan, _ = read_scan(t1w)
    method = settings.brain_extraction
    stripped = method == "none" or (settings.detect_stripped and is_stripped(scan))
    template = {name: load(reference / f"{name}.nii.gz") for name in ("T1w", "mask")}
    brain_points = template["T1w"].grid.points()[:, template["mask"].data > 0.5]
    small = scan.on(isotropic_grid(scan.grid, settings.registration_resolution_mm))
    level = background_level(small, stripped)
    scan, small = (volume.like(np.maximum(volume.data - level, 0)) for volume in (scan, small))
    head = small.data > small.data.min() if stripped else find_head(small)
    original = scan
    scan, small = remove_bias(scan, head, small, settings.bias)
    matrix = find_affine(template, small, initial_translation(small, head, brain_points.mean(axis=1)), seed)
    if stripped:
        brain = largest_component(original.data > original.data.min())
    elif method == "provided":
        if not provided_mask:
            raise ScanFault(
                f"{t1w.name}: no mask of this scan in preprocessing.brain_masks; add it, or set brain_extraction: atlas"
            )
        brain = extraction.from_file(provided_mask[0], scan)
    elif method == "hd-bet":
        brain = extraction.from_hd_bet(scan)
    else:
        brain = extraction.from_template(scan, small, template, matrix, settings.brain_iterations, seed)
    if not stripped:
        inside = scan.like(brain.astype(np.float32)).on(small.grid).data > 0.5
        near, alone = dilate(template["mask"]), small.like(small.data * inside)
        matrix = register_affine(template["T1w"], alone, near, matrix, seed, levels_mm=(4,))
    print(f"brain {brain.sum() * scan.grid.voxel_ml:.0f} ml, skull-stripped input: {stripped}")
    grid = study_grid(resolution_mm)
    linear = scan.antialiased(resolution_mm).at(SpatialTransform(matrix).to_native(grid.points()))
    save_affine(affine, matrix, bias_strength=bias_strength(original, scan, brain), skull_stripped=stripped)
    shared = {
        "SkullStripped": stripped,
        "Description": "T1w corrected for bias by N4",
        "Sources": [t1w.name],
    }
    write_json(sidecar, {**shared, "SpatialReference": "orig"})
    write_json(preproc_sidecar, {**shared, "SpatialReference": space, "Resolution": f"{resolution_mm:g} mm isotropic"})
    save(corrected, scan)
    save(mask, scan.like(brain.astype(np.uint8)), dtype=np.int16)
    save(preproc, Volume(linear, grid.affine))


if __name__ == "__main__":
    step.run(align)
