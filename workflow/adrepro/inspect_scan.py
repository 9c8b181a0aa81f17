"""Reads one scan of the sheet before anything else does, and writes `ok` or the reason why it cannot be used."""

from pathlib import Path

from . import step
from .errors import ScanFault
from .files import write_json
from .scans import is_stripped, read_scan


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
    write_json(out, {"status": "ok", "warnings": warnings, "skull_stripped": stripped, "voxel_mm": voxel})


if __name__ == "__main__":
    step.run(inspect_scan)
