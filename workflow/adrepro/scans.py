"""The one gate for images from outside: a scan is read whole, checked, and refused with a reason."""

import gzip
import zlib
from pathlib import Path

import nibabel as nib
import numpy as np

from .errors import ScanFault
from .volumes import Volume

MIN_VOXELS = 16
MIN_EXTENT_MM, MAX_EXTENT_MM = 80.0, 600.0
OUTLIER = 1e6


def _read_bytes(path: Path) -> bytes:
    """The whole (decompressed) content; a cut stream is an error even where its beginning would do."""
    try:
        raw = path.read_bytes()
    except FileNotFoundError:
        raise ScanFault(f"{path}: there is no such file; restore it or set its t1w to n/a in the sheet") from None
    except OSError as error:
        raise ScanFault(f"{path}: cannot be read ({error.strerror}); check the path and its permissions") from None
    if not raw:
        raise ScanFault(f"{path}: the file is empty; copy it again")
    if raw[:2] != b"\x1f\x8b":
        return raw
    try:
        return gzip.decompress(raw)
    except (EOFError, zlib.error, gzip.BadGzipFile) as error:
        raise ScanFault(f"{path}: the compressed stream is damaged ({error}); copy it again") from None


def read_scan(path: Path, clip: bool = True) -> tuple[Volume, list[str]]:
    """Read a T1w scan in its native space; `clip` cuts off the brightest spots (not for maps of tissues).

    Returns
    -------
    volume : Volume
        float32 data (X, Y, Z) with slope and intercept applied, affine to scanner millimetres.
    warnings : list of str
        What is unusual and was accepted.

    Raises
    ------
    ScanFault
        Names the file, what is wrong and what to do.
    """
    raw = _read_bytes(path)
    kind = nib.Nifti2Image if raw[:4] in (b"\x1c\x02\x00\x00", b"\x00\x00\x02\x1c") else nib.Nifti1Image
    try:
        image = kind.from_bytes(raw)
        shape, dtype = image.shape, image.get_data_dtype()
    except Exception:  # nibabel raises many types for bytes that are not NIfTI
        raise ScanFault(f"{path}: not a NIfTI image; export the scan again as .nii or .nii.gz") from None
    header = image.header
    if len(shape) not in (3, 4) or any(n != 1 for n in shape[3:]):
        raise ScanFault(f"{path}: shape {shape}, expected one three-dimensional volume; give one volume per file")
    if dtype.kind not in "iuf":
        raise ScanFault(f"{path}: data type {dtype}, expected numbers; export the scan as integers or floats")
    promised = int(header["vox_offset"]) + int(np.prod(shape, dtype=np.int64)) * dtype.itemsize
    if len(raw) < promised:
        raise ScanFault(f"{path}: holds {len(raw)} bytes, its header promises {promised}; copy it again")
    affine = _check_affine(path, image)
    extent = np.array(shape[:3]) * np.sqrt((affine[:3, :3] ** 2).sum(axis=0))
    if min(shape[:3]) < MIN_VOXELS or extent.min() < MIN_EXTENT_MM or extent.max() > MAX_EXTENT_MM:
        size = " x ".join(f"{e:.0f}" for e in extent)
        raise ScanFault(
            f"{path}: covers {size} mm in {shape[:3]} voxels, expected a whole head or brain; check the file"
        )
    data = np.asarray(image.dataobj, dtype=np.float32).reshape(shape[:3])
    return _check_values(path, data, affine, clip)


def _check_affine(path: Path, image: nib.Nifti1Image) -> np.ndarray:
    """The affine, if it is finite, invertible and the same for readers that prefer qform and sform."""
    header = image.header
    remedy = "repair the header from the original DICOM"
    if header["qform_code"] == 0 and header["sform_code"] == 0:
        raise ScanFault(f"{path}: the header gives no orientation (both codes are 0); {remedy}")
    affine = np.asarray(image.affine, dtype=float)
    if not np.isfinite(affine).all() or abs(np.linalg.det(affine[:3, :3])) < 1e-3:
        raise ScanFault(f"{path}: the affine is not finite or not invertible; {remedy}")
    axes = affine[:3, :3] / np.sqrt((affine[:3, :3] ** 2).sum(axis=0))
    if np.abs(axes.T @ axes - np.eye(3)).max() > 0.02:
        raise ScanFault(f"{path}: the axes of the affine are not at right angles; resample the scan without shear")
    if header["qform_code"] > 0 and header["sform_code"] > 0:
        try:
            qform = image.get_qform()
        except ValueError:
            raise ScanFault(f"{path}: the qform is not a rotation; {remedy}") from None
        if nib.aff2axcodes(qform) != nib.aff2axcodes(affine):
            raise ScanFault(f"{path}: qform and sform disagree about the orientation; {remedy}")
    return affine


def _check_values(path: Path, data: np.ndarray, affine: np.ndarray, clip: bool) -> tuple[Volume, list[str]]:
    bad = data.size - int(np.isfinite(data).sum())
    if bad:
        raise ScanFault(f"{path}: {bad} voxels are not finite (NaN or Inf); export the scan again")
    if data.min() == data.max():
        raise ScanFault(f"{path}: every voxel is {data.flat[0]:g}; export the scan again")
    warnings = []
    bright = np.percentile(data, 99.9)
    if not clip:
        return Volume(data, affine), warnings
    if data.max() > OUTLIER * max(abs(bright), 1e-12):
        warnings.append(f"extreme values up to {data.max():.3g} were clipped")
    # Fat, vessels and fiducials outshine the brain: clip before any threshold or histogram is made.
    ceiling = np.percentile(data[data > data.min()], 99.8)
    data = np.clip(data, None, ceiling)
    if (data == data.min()).mean() > 0.999:
        raise ScanFault(f"{path}: nearly all voxels are {data.min():g}; export the scan again")
    return Volume(data, affine), warnings


def is_stripped(scan: Volume) -> bool:
    """Whether the scan is already a brain: exact background, and a volume that no whole head has."""
    foreground = scan.data > scan.data.min()
    volume_ml = float(foreground.sum()) * scan.grid.voxel_ml
    return bool(foreground.mean() < 0.5 and 600 < volume_ml < 2300)
