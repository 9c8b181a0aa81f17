"""Minimal preprocessing of a native scan: bias field, brain mask and affine alignment to the template."""

from pathlib import Path

import numpy as np

from adrepro.config.settings.images import PreprocessingSettings
from adrepro.core import step
from adrepro.core.files import write_json
from adrepro.imaging.grids import study_grid
from adrepro.imaging.nifti_reader import is_stripped, read_scan
from adrepro.imaging.spatial_transform import SpatialTransform, save_affine
from adrepro.imaging.volumes import Volume, isotropic_grid, load, save
from adrepro.preprocessing.bias_field import bias_strength, remove_bias
from adrepro.preprocessing.brain_alignment import Head, align_brain, bias_for, extract_and_align
from adrepro.preprocessing.head_mask import background_level, find_head, largest_component


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
    stripped = settings.brain_extraction == "none" or (settings.detect_stripped and is_stripped(scan))
    template = {name: load(reference / f"{name}.nii.gz") for name in ("T1w", "mask")}
    small = scan.on(isotropic_grid(scan.grid, settings.registration_resolution_mm))
    level = background_level(small, stripped)
    original, small = (volume.like(np.maximum(volume.data - level, 0)) for volume in (scan, small))
    head = small.data > small.data.min() if stripped else find_head(small)
    bias = bias_for(settings, "none" if stripped else settings.brain_extraction)
    scan, small_corrected = remove_bias(original, head, small, bias)
    whole = Head(original, scan, small, small_corrected, head)
    if stripped:
        brain = largest_component(original.data > original.data.min())
        matrix = align_brain(template, whole, brain, seed)
    else:
        brain, matrix = extract_and_align(whole, template, settings, seed, t1w.name, provided_mask)
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
