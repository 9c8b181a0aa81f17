"""Gray matter, white matter, CSF and white-matter lesions in native space."""

from pathlib import Path

import numpy as np

from adrepro.config.settings.images import SegmentationSettings
from adrepro.core import step
from adrepro.core.errors import ScanFault
from adrepro.imaging.spatial_transform import load_transform
from adrepro.imaging.volumes import Volume, load, save
from adrepro.preprocessing.deep_nuclei import count_nuclei
from adrepro.preprocessing.reference.maps import load_reference
from adrepro.preprocessing.registration.torch_backend import register_intensities
from adrepro.preprocessing.tissue_mixture import segment_tissues
from adrepro.preprocessing.white_matter_lesions import lesion_fraction, sure_white_matter

TISSUES = ("CSF", "GM", "WM")


def bounding_box(mask: np.ndarray, margin: int = 2) -> tuple[slice, ...]:
    """Return the smallest box around a mask.

    Parameters
    ----------
    mask : ndarray of bool, shape (X, Y, Z)
        Mask with at least one voxel.
    margin : int
        Voxels to add on each side, within the volume.
    """
    index = np.argwhere(mask)
    low, high = index.min(axis=0) - margin, index.max(axis=0) + margin + 1
    return tuple(slice(max(a, 0), b) for a, b in zip(low, high, strict=True))


def segment(
    corrected: Path,
    mask: Path,
    affine: Path,
    reference: Path,
    gm: Path,
    wm: Path,
    csf: Path,
    lesions: Path,
    settings: SegmentationSettings,
) -> None:
    """Write the tissue probability maps.

    Parameters
    ----------
    corrected : Path
        Bias-corrected T1w scan, native space (input).
    mask : Path
        Brain mask, native space (input).
    affine : Path
        JSON with the affine from template to scan (input).
    reference : Path
        Folder with `T1w`, `mask`, `CSF`, `GM`, `WM`, `deep` and `nuclei` maps of the template at the resolution of
        registration (input).
    gm, wm, csf : Path
        Tissue probability maps, native space, 0 to 1 (output).
    lesions : Path
        Fraction of white-matter lesions, native space, which is part of `wm` (output).
    settings : SegmentationSettings
        Settings of the mixture model and of the registration of its priors.

    Raises
    ------
    ScanFault
        If the brain mask is empty.
    """
    scan, brain = load(corrected), load(mask).data > 0.5
    if not brain.any():
        raise ScanFault("the brain mask is empty; inspect the scan")
    template, near = load_reference(reference)
    extracted = scan.like(scan.data * brain)
    transform = register_intensities(template["T1w"], near, extracted, load_transform(affine).affine, settings.priors)
    box = bounding_box(brain)
    offset = np.eye(4)
    offset[:3, 3] = [part.start for part in box]
    cropped, inside = Volume(scan.data[box], scan.affine @ offset), brain[box]
    templates = [*(template[name] for name in (*TISSUES, "deep", "nuclei")), sure_white_matter(template["WM"])]
    resampled = transform.resample(templates, cropped.grid, float(templates[0].voxel_mm[0]))
    *priors, deep, nuclei, sure = (volume.data for volume in resampled)
    total = np.maximum(np.sum(priors, axis=0), 1e-3)
    priors = [prior / total for prior in priors]
    fractions = dict(zip(TISSUES, segment_tissues(cropped, inside, priors, deep, settings), strict=True))
    lesion = np.zeros_like(fractions["GM"])
    if settings.white_matter_lesions:
        possible = np.maximum(priors[TISSUES.index("GM")], nuclei)
        lesion = lesion_fraction(fractions["GM"], possible, sure, cropped.grid)
    gray, white = count_nuclei(fractions["GM"] - lesion, fractions["WM"], nuclei)
    fractions["GM"], fractions["WM"] = gray, white + lesion
    for name, path in (("CSF", csf), ("GM", gm), ("WM", wm), ("WMH", lesions)):
        whole = np.zeros(scan.data.shape, dtype=np.float32)
        whole[box] = fractions.get(name, lesion)
        print(f"{name}: {whole.sum() * scan.grid.voxel_ml:.1f} ml")
        save(path, scan.like(whole), dtype=np.uint16)


if __name__ == "__main__":
    step.run(segment)
