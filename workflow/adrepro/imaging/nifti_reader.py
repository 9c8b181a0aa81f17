"""Read and validate input NIfTI images: their place, and their intensities."""

from pathlib import Path

import nibabel as nib
import numpy as np

from adrepro.core.errors import ScanFault
from adrepro.imaging.grids import apply_affine
from adrepro.imaging.nifti_file import read_image
from adrepro.imaging.volumes import Volume

MIN_VOXELS = 16  # along an edge
MIN_EXTENT_MM, MAX_EXTENT_MM = 80.0, 600.0
MAX_DISTANCE_MM = 1e4  # of the scan from the isocenter
UNITS_MM = {"meter": 1000.0, "micron": 0.001}
UNIT_CODES = {1: "meter", 3: "micron"}  # of NIfTI; millimeters, and codes without a meaning, are taken as mm
THICK_MM = 3.5
SMALLEST, LARGEST = 0.01, 1e8  # of the 0.1 and 99.9 % percentiles
OUTLIER = 1e6  # times the 0.1 or 99.9 % percentile


def read_scan(path: Path, clip: bool = True) -> tuple[Volume, list[str]]:
    """Read and validate a T1w scan or a map in native space.

    Parameters
    ----------
    path : Path
        NIfTI image (`.nii` or `.nii.gz`) with one volume.
    clip : bool
        Whether to clip outliers and the brightest 0.2 % of voxels; False for tissue maps.

    Returns
    -------
    volume : Volume
        float32 data (X, Y, Z) with slope and intercept applied, affine to scanner millimeters.
    warnings : list of str
        Unusual properties that were accepted.

    Raises
    ------
    ScanFault
        Names the file, the fault and the remedy.
    """
    image = read_image(path)
    shape = image.shape
    unit, warnings = _unit_mm(path, image)
    affine, more = _check_affine(path, image, unit)
    warnings += more
    extent = np.array(shape[:3]) * np.sqrt((affine[:3, :3] ** 2).sum(axis=0))
    if min(shape[:3]) < MIN_VOXELS or extent.min() < MIN_EXTENT_MM or extent.max() > MAX_EXTENT_MM:
        size = " x ".join(f"{e:.0f}" for e in extent)
        raise ScanFault(
            f"{path}: covers {size} mm in {shape[:3]} voxels, expected a whole head or brain; check the file"
        )
    warnings += _thick_slices(np.sqrt((affine[:3, :3] ** 2).sum(axis=0)))
    data = np.asarray(image.dataobj, dtype=np.float32).reshape(shape[:3])
    scan, more = _check_values(path, data, affine, clip)
    return scan, warnings + more


def _unit_mm(path: Path, image: nib.Nifti1Image) -> tuple[float, list[str]]:
    """Return the length of the header's unit in mm, and a warning if it is another one or wrong."""
    unit = UNIT_CODES.get(int(image.header["xyzt_units"]) & 7)
    if unit is None:
        return 1.0, []
    edges = np.array(image.shape[:3]) * np.sqrt((np.asarray(image.affine)[:3, :3] ** 2).sum(axis=0))
    if edges.min() * UNITS_MM[unit] >= MIN_EXTENT_MM and edges.max() * UNITS_MM[unit] <= MAX_EXTENT_MM:
        return UNITS_MM[unit], [f"its header is in {unit}s: converted to mm"]
    return 1.0, [f"its header is said to be in {unit}s, which gives no head: taken as mm"]


def _thick_slices(voxel_mm: np.ndarray) -> list[str]:
    """Return a warning if voxels are much longer along one axis, as in clinical scans of thick slices."""
    if voxel_mm.max() <= THICK_MM or voxel_mm.max() < 2.5 * voxel_mm.min():
        return []
    return [f"slices of {voxel_mm.max():.1f} mm: volumes of small regions are imprecise"]


def _check_affine(path: Path, image: nib.Nifti1Image, unit_mm: float) -> tuple[np.ndarray, list[str]]:
    """Return the affine in mm and warnings, after a check that it is valid and that qform and sform agree."""
    header = image.header
    remedy = "repair the header from the original DICOM"
    if header["qform_code"] == 0 and header["sform_code"] == 0:
        raise ScanFault(f"{path}: the header gives no orientation (both codes are 0); {remedy}")
    scale = np.diag([unit_mm] * 3 + [1.0])
    affine = scale @ np.asarray(image.affine, dtype=float)
    if not np.isfinite(affine).all() or abs(np.linalg.det(affine[:3, :3])) < 1e-3:
        raise ScanFault(f"{path}: the affine is not finite or not invertible; {remedy}")
    axes = affine[:3, :3] / np.sqrt((affine[:3, :3] ** 2).sum(axis=0))
    if np.abs(axes.T @ axes - np.eye(3)).max() > 0.02:
        raise ScanFault(f"{path}: the axes of the affine are not at right angles; resample the scan without shear")
    corners = np.array(np.meshgrid(*[(0, n - 1) for n in image.shape[:3]])).reshape(3, 8)
    if np.abs(apply_affine(affine, corners)).max() > MAX_DISTANCE_MM:
        raise ScanFault(f"{path}: the affine places the scan more than {MAX_DISTANCE_MM / 1000:.0f} m away; {remedy}")
    if header["qform_code"] == 0 or header["sform_code"] == 0:
        return affine, []
    try:
        qform = scale @ image.get_qform()
        size_by_qform, size = (np.sqrt((one[:3, :3] ** 2).sum(axis=0)) for one in (qform, affine))
        if not np.isfinite(qform).all():
            raise ValueError
    except (ValueError, np.linalg.LinAlgError):
        raise ScanFault(f"{path}: the qform is not a rotation; {remedy}") from None
    if nib.aff2axcodes(qform) != nib.aff2axcodes(affine) or not np.allclose(size_by_qform, size, rtol=0.02):
        raise ScanFault(f"{path}: qform and sform disagree about orientation or voxel size; {remedy}")
    apart = np.abs(apply_affine(qform, corners) - apply_affine(affine, corners)).max()
    return affine, [f"qform and sform are {apart:.0f} mm apart: the sform is used"] if apart > 1 else []


def _check_values(path: Path, data: np.ndarray, affine: np.ndarray, clip: bool) -> tuple[Volume, list[str]]:
    """Return the volume and warnings, after a check for invalid or constant values and clipping of outliers."""
    bad = data.size - int(np.isfinite(data).sum())
    if bad:
        raise ScanFault(f"{path}: {bad} voxels are not finite (NaN or Inf); export the scan again")
    if data.min() == data.max():
        raise ScanFault(f"{path}: every voxel is {data.flat[0]:g}; export the scan again")
    warnings: list[str] = []
    dark, bright = np.percentile(data, (0.1, 99.9))
    if not clip:
        return Volume(data, affine), warnings
    largest = max(abs(dark), abs(bright))
    if not 1e-30 < largest < 1e30:
        raise ScanFault(f"{path}: intensities of {largest:.1g}; export the scan again")
    if not SMALLEST <= largest <= LARGEST:  # steps have thresholds in units of intensity
        power = round(float(np.log10(1000 / largest)))
        data, dark, bright = (value * np.float32(10.0**power) for value in (data, dark, bright))
        warnings.append(f"intensities of {largest:.1g} were multiplied by 1e{power}")
    usual = OUTLIER * max(abs(dark), abs(bright), 1e-12)
    extreme = [value for value in (data.min(), data.max()) if abs(value) > usual]
    if extreme:
        warnings.append(f"extreme values ({', '.join(f'{value:.3g}' for value in extreme)}) were clipped")
        data = np.maximum(data, dark) if data.min() < -usual else data
    # Fat, vessels and fiducials are brighter than the brain: clip before thresholds and histograms.
    ceiling = np.percentile(data[data > data.min()], 99.8)
    data = np.clip(data, None, ceiling)
    if (data == data.min()).mean() > 0.999:
        raise ScanFault(f"{path}: nearly all voxels are {data.min():g}; export the scan again")
    return Volume(data, affine), warnings


def is_stripped(scan: Volume) -> bool:
    """Return whether a scan is already skull-stripped: constant background, and a volume smaller than a head.

    Parameters
    ----------
    scan : Volume
        Scan, native space.

    Returns
    -------
    bool
    """
    foreground = scan.data > scan.data.min()
    volume_ml = float(foreground.sum()) * scan.grid.voxel_ml
    return bool(foreground.mean() < 0.5 and 600 < volume_ml < 2300)
