"""Gray matter, white matter and CSF in native space, and modulated gray matter in template space."""

from pathlib import Path

import numpy as np

from adrepro.config.settings.images import SegmentationSettings
from adrepro.core import step
from adrepro.core.errors import ScanFault
from adrepro.imaging.grids import Grid, study_grid
from adrepro.imaging.spatial_transform import SpatialTransform, load_transform
from adrepro.imaging.volumes import Volume, load, save
from adrepro.preprocessing.tissue_mixture import segment_tissues

TISSUES = ("CSF", "GM", "WM")


def bounding_box(mask: np.ndarray, margin: int = 2) -> tuple[slice, ...]:
    """Return the smallest box around a mask.

    Parameters
    ----------
    mask : ndarray of bool, shape (X, Y, Z)
        Mask with at least one voxel.
    margin : int
        Voxels to add on each side, within the volume.
    """
    index = np.argwhere(mask)
    low, high = index.min(axis=0) - margin, index.max(axis=0) + margin + 1
    return tuple(slice(max(a, 0), b) for a, b in zip(low, high, strict=True))


def modulate(gray_matter: Volume, transform: SpatialTransform, grid: Grid) -> Volume:
    """Return gray matter in template space times the Jacobian determinant, which preserves its volume.

    Parameters
    ----------
    gray_matter : Volume
        Gray-matter probability, native space, 0 to 1.
    transform : SpatialTransform
        Transform between template space and the scan.
    grid : Grid
        Grid of the result, template space.
    """
    spacing = float(np.cbrt(grid.voxel_ml * 1000))
    density = gray_matter.antialiased(spacing).at(transform.to_native(grid.points()))
    return Volume(density * np.maximum(transform.jacobian(grid), 0), grid.affine)


def segment(
    corrected: Path,
    mask: Path,
    affine: Path,
    warp: Path,
    inverse_warp: Path,
    reference: Path,
    gm: Path,
    wm: Path,
    csf: Path,
    modulated: Path,
    settings: SegmentationSettings,
    resolution_mm: float,
) -> None:
    """Write the tissue probability maps and the modulated gray matter.

    Parameters
    ----------
    corrected : Path
        Bias-corrected T1w scan, native space (input).
    mask : Path
        Brain mask, native space (input).
    affine : Path
        JSON with the affine from template to scan (input).
    warp, inverse_warp : Path
        Displacement fields in mm, template space (input).
    reference : Path
        Folder with `CSF`, `GM`, `WM` and `deep` maps of the template at the resolution of registration (input).
    gm, wm, csf : Path
        Tissue probability maps, native space, 0 to 1 (output).
    modulated : Path
        Modulated gray matter on the study grid (output).
    settings : SegmentationSettings
        Settings of the mixture model.
    resolution_mm : float
        Voxel size of the study grid in mm.

    Raises
    ------
    ScanFault
        If the brain mask is empty.
    """
    scan, brain = load(corrected), load(mask).data > 0.5
    if not brain.any():
        raise ScanFault("the brain mask is empty; inspect the scan")
    transform = load_transform(affine, warp, inverse_warp)
    box = bounding_box(brain)
    offset = np.eye(4)
    offset[:3, 3] = [part.start for part in box]
    cropped, inside = Volume(scan.data[box], scan.affine @ offset), brain[box]
    templates = [load(reference / f"{name}.nii.gz") for name in (*TISSUES, "deep")]
    resampled = transform.resample(templates, cropped.grid, float(templates[0].voxel_mm[0]))
    *priors, deep = (volume.data for volume in resampled)
    total = np.maximum(np.sum(priors, axis=0), 1e-3)
    fractions = segment_tissues(cropped, inside, [prior / total for prior in priors], deep, settings)
    maps = {}
    for name, values, path in zip(TISSUES, fractions, (csf, gm, wm), strict=True):
        whole = np.zeros(scan.data.shape, dtype=np.float32)
        whole[box] = values
        maps[name] = scan.like(whole)
        print(f"{name}: {whole.sum() * scan.grid.voxel_ml:.0f} ml")
        save(path, maps[name], dtype=np.uint16)
    save(modulated, modulate(maps["GM"], transform, study_grid(resolution_mm)))


if __name__ == "__main__":
    step.run(segment)
