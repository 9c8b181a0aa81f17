"""Takes a T1w scan that another tool aligned to the reference space, for the networks."""

from pathlib import Path

from adrepro.core import step
from adrepro.core.errors import ScanFault
from adrepro.imaging.grids import study_grid
from adrepro.imaging.nifti_reader import read_scan
from adrepro.imaging.volumes import load, save
from adrepro.preprocessing.external_derivatives import find_maps
from adrepro.preprocessing.qc_metrics import coverage


def adopt_t1w(
    folder: Path,
    kind: str,
    scan_folder: str,
    scan: str,
    space: str,
    given: list[Path],
    reference: Path,
    preproc: Path,
    resolution_mm: float,
) -> None:
    """Write the aligned scan on the study grid; `given` are the files that the workflow saw."""
    found = find_maps(folder, kind, scan_folder, scan, space)
    if "T1w" not in found:
        raise ScanFault(f"{scan}: no aligned T1w among the {kind} derivatives; make it, or leave out the networks")
    scan_volume, warnings = read_scan(found["T1w"])
    mask = load(reference / "mask.nii.gz")
    inside = coverage(scan_volume, mask.grid.points()[:, mask.data > 0.5])
    if inside < 0.9:
        raise ScanFault(f"{found['T1w'].name}: covers {inside:.0%} of the template's brain; is it in MNI millimetres?")
    save(preproc, scan_volume.on(study_grid(resolution_mm)))
    print(found["T1w"].name, *warnings, f"{len(given)} files known", sep="\n")


if __name__ == "__main__":
    step.run(adopt_t1w)
