"""Derivatives of other tools, found by file name: fMRIPrep, sMRIPrep, CAPS, CAT12, nilearn's OASIS.

Patterns are relative to the folder of the derivatives; `{folder}` is `sub-X[/ses-Y]`, `{scan}` is `sub-X[_ses-Y]` and
`{oasis}` is `OAS1_0001_MR1` of `sub-OAS10001`.
"""

import re
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from adrepro.core.errors import ScanFault
from adrepro.imaging.nifti_reader import read_scan
from adrepro.imaging.volumes import Volume
from adrepro.preprocessing.qc_metrics import coverage

TISSUES = ("GM", "WM", "CSF")
MODULATED_MAX, PROBABILITY_MAX = 6.0, 1.02  # highest plausible values
MIN_COVERAGE = 0.9  # of the template's brain


@dataclass(frozen=True)
class Layout:
    """File names of one tool's derivatives. The first pattern with a match is used.

    Attributes
    ----------
    modulated : bool
        Whether the tissue maps in template space are modulated.
    labels : dict of str to str
        Label in file names of each tissue (`GM`, `WM`, `CSF`) that the tool writes.
    tissue, t1w : tuple of str
        Patterns of tissue maps and of the T1w scan, both in template space.
    native : tuple of str
        Patterns of tissue maps in native space, for tools that do not modulate.
    """

    modulated: bool
    labels: dict[str, str]
    tissue: tuple[str, ...]
    t1w: tuple[str, ...] = ()
    native: tuple[str, ...] = ()


LAYOUTS = {
    "fmriprep": Layout(
        modulated=False,
        labels={tissue: tissue for tissue in TISSUES},
        tissue=("{folder}/anat/{scan}*_space-MNI152*_label-{tissue}_probseg.nii*",),
        native=("{folder}/anat/{scan}*_label-{tissue}_probseg.nii*",),
        t1w=("{folder}/anat/{scan}*_space-MNI152*_desc-preproc_T1w.nii*",),
    ),
    "caps": Layout(
        modulated=True,
        labels=dict(zip(TISSUES, ("graymatter", "whitematter", "csf"), strict=True)),
        tissue=(
            "subjects/{folder}/t1/spm/dartel/group-*/{scan}_T1w_segm-{tissue}_space-*_modulated-on_probability.nii*",
            "subjects/{folder}/t1/spm/segmentation/normalized_space/"
            "{scan}_T1w_segm-{tissue}_space-*_modulated-on_probability.nii*",
        ),
        t1w=(
            "subjects/{folder}/t1_linear/{scan}*_space-MNI152*_desc-Crop_res-1x1x1_T1w.nii*",
            "subjects/{folder}/t1_linear/{scan}*_space-MNI152*_res-1x1x1_T1w.nii*",
        ),
    ),
    "cat12": Layout(
        modulated=True,
        labels=dict(zip(TISSUES, "123", strict=True)),
        tissue=(
            "{folder}/anat/mri/mwp{tissue}{scan}_*.nii*",
            "{folder}/mri/mwp{tissue}{scan}_*.nii*",
            "mri/mwp{tissue}{scan}_*.nii*",
        ),
        t1w=("{folder}/anat/mri/wm{scan}_*.nii*", "{folder}/mri/wm{scan}_*.nii*", "mri/wm{scan}_*.nii*"),
    ),
    **{
        kind: Layout(
            modulated=True,
            labels={"GM": "1", "WM": "2"},
            tissue=(f"{{oasis}}/{prefix}{{tissue}}{{oasis}}_mpr_*.nii*",),
        )
        for kind, prefix in (("oasis_vbm", "mwc"), ("oasis_dartel", "mwrc"))
    },
}


def _first_match(root: Path, patterns: tuple[str, ...], space: str, **words: str) -> Path | None:
    """Return the file of the first pattern with a match; files in `space` come first, then the shortest name."""
    for pattern in patterns:
        found = sorted(root.glob(pattern.format(**words)), key=lambda path: (len(path.name), path.name))
        if found:
            return min(found, key=lambda path: f"space-{space}_" not in path.name)
    return None


def find_maps(folder: Path, kind: str, scan_folder: str, scan: str, space: str) -> dict[str, Path]:
    """Return the derivatives of one scan, found by file name.

    Parameters
    ----------
    folder : Path
        Folder of the derivatives.
    kind : str
        Layout of the derivatives, a key of `LAYOUTS`.
    scan_folder, scan : str
        `sub-X[/ses-Y]` and `sub-X[_ses-Y]`.
    space : str
        Label of the study's template space; maps in this space are preferred.

    Returns
    -------
    dict of str to Path
        Existing files: `T1w`, `GM`, `WM` and `CSF` in template space, and `native_GM`, `native_WM` and `native_CSF`
        if the tool does not modulate.
    """
    layout = LAYOUTS[kind]
    oasis = re.sub(r"^sub-OAS1(\d{4}).*", r"OAS1_\1_MR1", scan)
    words = {"folder": scan_folder, "scan": scan, "oasis": oasis}
    found: dict[str, Path | None] = {"T1w": _first_match(folder, layout.t1w, space, **words)}
    for tissue, label in layout.labels.items():
        found[tissue] = _first_match(folder, layout.tissue, space, tissue=label, **words)
        native = [pattern.format(tissue=label, **words) for pattern in layout.native]
        own = sorted(path for pattern in native for path in folder.glob(pattern) if "_space-" not in path.name)
        found[f"native_{tissue}"] = own[0] if own else None
    return {name: path for name, path in found.items() if path}


def read_tissue(path: Path, template_mask: Volume, ceiling: float) -> Volume:
    """Read a tissue map in template space.

    Parameters
    ----------
    path : Path
        NIfTI image, template space.
    template_mask : Volume
        Brain mask of the template.
    ceiling : float
        Highest plausible value; modulated maps exceed 1.

    Returns
    -------
    Volume
        Tissue map on its own grid, negative values set to 0.

    Raises
    ------
    ScanFault
        If the file is damaged, out of range, or does not cover the template's brain.
    """
    volume, _ = read_scan(path, clip=False)
    low, high = float(volume.data.min()), float(volume.data.max())
    if low < -0.05 or not 0.1 < high <= ceiling:
        raise ScanFault(
            f"{path.name}: values from {low:.3g} to {high:.3g}, expected a tissue map from 0 to {ceiling:g}"
        )
    covered = coverage(volume, template_mask.grid.points()[:, template_mask.data > 0.5])
    if covered < MIN_COVERAGE:
        raise ScanFault(f"{path.name}: covers {covered:.0%} of the template's brain; provide maps in MNI millimeters")
    return volume.like(np.clip(volume.data, 0, None))


def read_native_tissue(path: Path) -> Volume:
    """Read a tissue probability map in native space.

    Raises
    ------
    ScanFault
        If the file is damaged or its values are not probabilities.
    """
    volume, _ = read_scan(path, clip=False)
    if volume.data.min() < -0.05 or volume.data.max() > PROBABILITY_MAX:
        raise ScanFault(f"{path.name}: values to {volume.data.max():.3g}, expected probabilities from 0 to 1")
    return volume
