"""Check that one scan of the cohort sheet can be read, before any other step uses it."""

import hashlib
from pathlib import Path

import nibabel as nib
import numpy as np

from adrepro.core import step
from adrepro.core.errors import ScanFault
from adrepro.core.files import write_json
from adrepro.imaging.nifti_reader import is_stripped, read_scan
from adrepro.imaging.volumes import Volume


def voxel_hash(scan: Volume) -> str:
    """Return the SHA-256 of the voxels with axes in RAS+ order.

    Copies of a scan with another header, axis order or compression have the same hash.

    Parameters
    ----------
    scan : Volume
        Scan, native space.
    """
    canonical = nib.as_closest_canonical(nib.Nifti1Image(scan.data, scan.affine))
    return hashlib.sha256(np.ascontiguousarray(canonical.dataobj, dtype=np.float32).tobytes()).hexdigest()


def check_input(t1w: Path, out: Path) -> None:
    """Write whether a scan can be read, and the reason if not.

    Parameters
    ----------
    t1w : Path
        T1w scan, native space (input).
    out : Path
        JSON to write: `status` is `ok`, with `warnings`, `skull_stripped`, `voxel_mm` and `content` (hash of the
        voxels), or `fault`, with `reason` (output).
    """
    try:
        scan, warnings = read_scan(t1w)
    except ScanFault as fault:
        # The file name only, for privacy: this table is shared.
        reason = str(fault).replace(str(t1w), t1w.name)
        write_json(out, {"status": "fault", "reason": reason})
        print(fault)
        return
    stripped = is_stripped(scan)
    if stripped:
        warnings.append("already skull-stripped: treated as a brain")
    voxel = [round(float(v), 4) for v in scan.voxel_mm]
    facts = {"warnings": warnings, "skull_stripped": stripped, "voxel_mm": voxel, "content": voxel_hash(scan)}
    write_json(out, {"status": "ok", **facts})


if __name__ == "__main__":
    step.run(check_input)
