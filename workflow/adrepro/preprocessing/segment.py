"""Grey matter, white matter and CSF in native space, and modulated grey matter in the reference space."""

from pathlib import Path

import numpy as np

from adrepro.core import step
from adrepro.core.errors import ScanFault
from adrepro.imaging.grids import Grid, study_grid
from adrepro.imaging.spatial_transform import Mapping, load_mapping
from adrepro.imaging.volumes import Volume, load, save
from adrepro.preprocessing.tissue_mixture import segment_tissues

TISSUES = ("CSF", "GM", "WM")


def bounding_box(mask: np.ndarray, margin: int = 2) -> tuple[slice, ...]:
    """The smallest box around a boolean `mask`, widened by `margin` voxels."""
    where = np.argwhere(mask)
    low, high = where.min(axis=0) - margin, where.max(axis=0) + margin + 1
    return tuple(slice(max(a, 0), b) for a, b in zip(low, high, strict=True))


def modulate(grey_matter: Volume, mapping: Mapping, grid: Grid) -> Volume:
    """Grey matter on `grid` in the reference space, times the volume change, so that millilitres are kept."""
    spacing = float(np.cbrt(grid.voxel_ml * 1000))
    density = grey_matter.antialiased(spacing).at(mapping.to_scan(grid.points()))
    return Volume(density * np.maximum(mapping.jacobian(grid), 0), grid.affine)


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
    settings: dict,
    resolution_mm: float,
) -> None:
    """Write the tissue probability maps (native, 0 to 1) and the modulated grey matter on the study grid."""
    scan, brain = load(corrected), load(mask).data > 0.5
    if not brain.any():
        raise ScanFault("the brain mask is empty; look at the scan")
    mapping = load_mapping(affine, warp, inverse_warp)
    box = bounding_box(brain)
    offset = np.eye(4)
    offset[:3, 3] = [part.start for part in box]
    part, inside = Volume(scan.data[box], scan.affine @ offset), brain[box]
    templates = [load(reference / f"{name}.nii.gz") for name in (*TISSUES, "deep")]
    carried = mapping.carry(templates, part.grid, float(templates[0].voxel_mm[0]))
    *priors, deep = (volume.data for volume in carried)
    total = np.maximum(np.sum(priors, axis=0), 1e-3)
    shares = segment_tissues(part, inside, [prior / total for prior in priors], deep, settings)
    maps = {}
    for name, values, path in zip(TISSUES, shares, (csf, gm, wm), strict=True):
        whole = np.zeros(scan.data.shape, dtype=np.float32)
        whole[box] = values
        maps[name] = scan.like(whole)
        print(f"{name}: {whole.sum() * scan.grid.voxel_ml:.0f} ml")
        save(path, maps[name], dtype=np.uint16)
    save(modulated, modulate(maps["GM"], mapping, study_grid(resolution_mm)))


if __name__ == "__main__":
    step.run(segment)
