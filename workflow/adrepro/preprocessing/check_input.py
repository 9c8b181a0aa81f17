"""Reads one scan of the sheet before anything else does, and writes `ok` or the reason why it cannot be used."""

import hashlib
from pathlib import Path

import nibabel as nib
import numpy as np

from adrepro.core import step
from adrepro.core.errors import ScanFault
from adrepro.core.files import write_json
from adrepro.imaging.nifti_reader import is_stripped, read_scan
from adrepro.imaging.volumes import Volume


def content_digest(scan: Volume) -> str:
    """Digest of the voxels with their axes in one order: the same for a copy with another header or compression."""
    canonical = nib.as_closest_canonical(nib.Nifti1Image(scan.data, scan.affine))
    return hashlib.sha256(np.ascontiguousarray(canonical.dataobj, dtype=np.float32).tobytes()).hexdigest()


def inspect_scan(t1w: Path, out: Path) -> None:
    """Write the verdict on one scan: `status` is `ok` or `fault`, with `reason` or `warnings` and its measures."""
    try:
        scan, warnings = read_scan(t1w)
    except ScanFault as fault:
        # Only the file's name: absolute paths are nobody's business in a table that is shared.
        reason = str(fault).replace(str(t1w), t1w.name)
        write_json(out, {"status": "fault", "reason": reason})
        print(fault)
        return
    stripped = is_stripped(scan)
    if stripped:
        warnings.append("already skull-stripped: taken as a brain")
    voxel = [round(float(v), 4) for v in scan.voxel_mm]
    known = {"warnings": warnings, "skull_stripped": stripped, "voxel_mm": voxel, "content": content_digest(scan)}
    write_json(out, {"status": "ok", **known})


if __name__ == "__main__":
    step.run(inspect_scan)
