"""Maps that other tools made of a scan, recognised by names: fMRIPrep, sMRIPrep, CAPS, CAT12, nilearn's OASIS.

Patterns are relative to the folder of the derivatives; `{folder}` is `sub-X[/ses-Y]`, `{scan}` is `sub-X[_ses-Y]` and
`{oasis}` is `OAS1_0001_MR1` of `sub-OAS10001`.
"""

import re
from pathlib import Path

import numpy as np

from adrepro.core.errors import ScanFault
from adrepro.imaging.nifti_reader import read_scan
from adrepro.imaging.volumes import Volume
from adrepro.preprocessing.qc_metrics import coverage

TISSUES = ("GM", "WM", "CSF")
BIDS_NAMES = {tissue: tissue for tissue in TISSUES}
SPM_NAMES = dict(zip(TISSUES, ("graymatter", "whitematter", "csf"), strict=True))
CAT_NAMES = dict(zip(TISSUES, "123", strict=True))
# Patterns of the tissue maps in the reference space and of the T1w scan there; the first that fits counts.
KINDS: dict[str, dict] = {
    "fmriprep": {
        "modulated": False,
        "names": BIDS_NAMES,
        "tissue": ["{folder}/anat/{scan}*_space-MNI152*_label-{tissue}_probseg.nii*"],
        "native": ["{folder}/anat/{scan}*_label-{tissue}_probseg.nii*"],
        "t1w": ["{folder}/anat/{scan}*_space-MNI152*_desc-preproc_T1w.nii*"],
    },
    "caps": {
        "modulated": True,
        "names": SPM_NAMES,
        "tissue": [
            "subjects/{folder}/t1/spm/dartel/group-*/{scan}_T1w_segm-{tissue}_space-*_modulated-on_probability.nii*",
            "subjects/{folder}/t1/spm/segmentation/normalized_space/"
            "{scan}_T1w_segm-{tissue}_space-*_modulated-on_probability.nii*",
        ],
        "t1w": [
            "subjects/{folder}/t1_linear/{scan}*_space-MNI152*_desc-Crop_res-1x1x1_T1w.nii*",
            "subjects/{folder}/t1_linear/{scan}*_space-MNI152*_res-1x1x1_T1w.nii*",
        ],
    },
    "cat12": {
        "modulated": True,
        "names": CAT_NAMES,
        "tissue": ["{folder}/anat/mri/mwp{tissue}{scan}_*.nii*", "{folder}/mri/mwp{tissue}{scan}_*.nii*"]
        + ["mri/mwp{tissue}{scan}_*.nii*"],
        "t1w": ["{folder}/anat/mri/wm{scan}_*.nii*", "{folder}/mri/wm{scan}_*.nii*", "mri/wm{scan}_*.nii*"],
    },
    **{
        kind: {
            "modulated": True,
            "names": {"GM": "1", "WM": "2"},
            "tissue": [f"{{oasis}}/{prefix}{{tissue}}{{oasis}}_mpr_*.nii*"],
            "t1w": [],
        }
        for kind, prefix in (("oasis_vbm", "mwc"), ("oasis_dartel", "mwrc"))
    },
}


def _first(root: Path, patterns: list[str], space: str, **words: str) -> Path | None:
    """The first file that fits, one in `space` before others, and the one with the shortest name among equals."""
    for pattern in patterns:
        found = sorted(root.glob(pattern.format(**words)), key=lambda path: (len(path.name), path.name))
        if found:
            return min(found, key=lambda path: f"space-{space}_" not in path.name)
    return None


def find_maps(folder: Path, kind: str, scan_folder: str, scan: str, space: str) -> dict[str, Path]:
    """Files of one scan: `T1w GM WM CSF` in the reference space, and `native_GM ...` where these are not modulated."""
    layout = KINDS[kind]
    oasis = re.sub(r"^sub-OAS1(\d{4}).*", r"OAS1_\1_MR1", scan)
    words = {"folder": scan_folder, "scan": scan, "oasis": oasis}
    found: dict[str, Path | None] = {"T1w": _first(folder, layout["t1w"], space, **words)}
    for tissue, name in layout["names"].items():
        found[tissue] = _first(folder, layout["tissue"], space, tissue=name, **words)
        native = [pattern.format(tissue=name, **words) for pattern in layout.get("native", [])]
        own = sorted(path for pattern in native for path in folder.glob(pattern) if "_space-" not in path.name)
        found[f"native_{tissue}"] = own[0] if own else None
    return {name: path for name, path in found.items() if path}


def read_tissue(path: Path, template_mask: Volume, ceiling: float) -> Volume:
    """A tissue map in the reference space, from 0 to `ceiling` (modulated maps exceed 1).

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
    inside = coverage(volume, template_mask.grid.points()[:, template_mask.data > 0.5])
    if inside < 0.9:
        raise ScanFault(f"{path.name}: covers {inside:.0%} of the template's brain; give maps in MNI millimetres")
    return volume.like(np.clip(volume.data, 0, None))
