"""Bytes of a NIfTI file: a gate that reads the whole stream and refuses what is no single volume of numbers."""

import gzip
import math
import stat
import zlib
from pathlib import Path
from typing import BinaryIO, cast

import nibabel as nib

from adrepro.core.errors import ScanFault

MAX_VOXELS = 512_000_000  # a head at 0.25 mm has fewer
MAGIC = {348: nib.Nifti1Image, 540: nib.Nifti2Image}  # by the header size, which is the first number of a file
HEADER_BYTES = 544  # of NIfTI-2, the larger one


def _open(path: Path) -> BinaryIO:
    """Open a regular file for reading, decompressed."""
    try:
        if not stat.S_ISREG(path.stat().st_mode):
            raise ScanFault(f"{path}: is a folder, pipe or device, expected a file; correct the path in the sheet")
        stream = open(path, "rb")  # noqa: SIM115 (the caller closes it)
        start = stream.peek(2)[:2]
    except FileNotFoundError:
        raise ScanFault(f"{path}: there is no such file; restore it or set its t1w to n/a in the sheet") from None
    except OSError as error:
        raise ScanFault(f"{path}: cannot be read ({error.strerror}); check the path and its permissions") from None
    if start == b"\x1f\x8b":
        stream.close()
        return cast(BinaryIO, gzip.open(path))
    if not start:
        raise ScanFault(f"{path}: the file is empty; copy it again")
    return stream


def read_image(path: Path) -> nib.Nifti1Image:
    """Read an image into memory: as many bytes as its header announces, and the rest of the stream for its checksum.

    Parameters
    ----------
    path : Path
        NIfTI image (`.nii` or `.nii.gz`) with one volume.

    Raises
    ------
    ScanFault
        A truncated stream is an error even if all voxels are present, and so is a small file that decompresses without
        end.
    """
    no_image = f"{path}: not a NIfTI image; export the scan again as .nii or .nii.gz"
    with _open(path) as stream:
        try:
            start = stream.read(HEADER_BYTES)
            size = {int.from_bytes(start[:4], order) for order in ("little", "big")} & set(MAGIC)
            if not size:
                raise ScanFault(no_image)
            kind = MAGIC[size.pop()]
            header = kind.header_class(start[: kind.header_class.sizeof_hdr], check=False)
            expected = _expected_bytes(path, header)
            raw = start + stream.read(expected - len(start))
            if len(raw) < expected:
                raise ScanFault(f"{path}: holds {len(raw)} bytes, its header declares {expected}; copy it again")
            while stream.read(1 << 20):  # the rest is not used, but the checksum at its end is verified
                if stream.tell() > 2 * expected + (1 << 26):
                    raise ScanFault(f"{path}: holds far more than its header declares; export the scan again")
            return kind.from_bytes(raw)
        except (EOFError, zlib.error, gzip.BadGzipFile) as error:
            raise ScanFault(f"{path}: the compressed stream is damaged ({error}); copy it again") from None
        except OSError as error:
            raise ScanFault(
                f"{path}: cannot be read ({error.strerror or error}); check the disk and copy it again"
            ) from None
        except ScanFault:
            raise
        except Exception:  # nibabel raises many types for bytes that are not NIfTI
            raise ScanFault(no_image) from None


def _expected_bytes(path: Path, header: nib.Nifti1Header) -> int:
    """Return the number of bytes of header and voxels, after a check of shape and data type."""
    shape, dtype = header.get_data_shape(), header.get_data_dtype()
    if len(shape) not in (3, 4) or any(n != 1 for n in shape[3:]) or min(shape) < 1:
        raise ScanFault(f"{path}: shape {shape}, expected one three-dimensional volume; give one volume per file")
    if dtype.kind not in "iuf":
        raise ScanFault(f"{path}: data type {dtype}, expected numbers; export the scan as integers or floats")
    voxels = math.prod(map(int, shape))
    if voxels > MAX_VOXELS:
        raise ScanFault(f"{path}: {voxels} voxels, expected at most {MAX_VOXELS}; check the file, or resample the scan")
    slope, intercept = float(header["scl_slope"]), float(header["scl_inter"])
    if math.isfinite(slope) and slope != 0 and not math.isfinite(intercept):
        raise ScanFault(
            f"{path}: the intercept of its intensities (scl_inter) is {intercept}; set it to 0 in the header"
        )
    offset = float(header["vox_offset"])
    if not 0 <= offset <= 1 << 24:
        raise ScanFault(f"{path}: its voxels begin at byte {offset:g} (vox_offset); export the scan again")
    return max(int(offset), header.sizeof_hdr) + voxels * dtype.itemsize
