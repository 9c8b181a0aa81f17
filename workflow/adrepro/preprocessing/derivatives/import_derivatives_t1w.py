"""Import of an aligned T1w scan from the derivatives of another tool, as input of CNNs."""

from pathlib import Path

from adrepro.core import step
from adrepro.core.errors import ScanFault
from adrepro.imaging.grids import study_grid
from adrepro.imaging.nifti_reader import read_scan
from adrepro.imaging.volumes import load, save
from adrepro.preprocessing.derivatives.external_derivatives import MIN_COVERAGE, find_maps
from adrepro.preprocessing.qc_metrics import coverage


def import_derivatives_t1w(
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
    """Write an aligned T1w scan of another tool on the study grid.

    Parameters
    ----------
    folder : Path
        Folder of the derivatives (input).
    kind : str
        Layout of the derivatives, a key of `external_derivatives.LAYOUTS`.
    scan_folder, scan : str
        `sub-X[/ses-Y]` and `sub-X[_ses-Y]`.
    space : str
        Label of the study's template space; maps in this space are preferred.
    given : list of Path
        Files of the scan that the workflow depends on (input). They are found again by name.
    reference : Path
        Folder with `mask.nii.gz` of the template on the study grid (input).
    preproc : Path
        T1w scan on the study grid (output).
    resolution_mm : float
        Voxel size of the study grid in mm.

    Raises
    ------
    ScanFault
        If there is no aligned T1w scan, or if it does not cover the template's brain.
    """
    found = find_maps(folder, kind, scan_folder, scan, space)
    if "T1w" not in found:
        raise ScanFault(f"{scan}: no aligned T1w among the {kind} derivatives; create it, or remove the CNNs")
    aligned, warnings = read_scan(found["T1w"])
    mask = load(reference / "mask.nii.gz")
    covered = coverage(aligned, mask.grid.points()[:, mask.data > 0.5])
    if covered < MIN_COVERAGE:
        raise ScanFault(
            f"{found['T1w'].name}: covers {covered:.0%} of the template's brain; provide a scan in MNI millimeters"
        )
    save(preproc, aligned.on(study_grid(resolution_mm)))
    print(found["T1w"].name, *warnings, f"{len(given)} input files", sep="\n")


if __name__ == "__main__":
    step.run(import_derivatives_t1w)
