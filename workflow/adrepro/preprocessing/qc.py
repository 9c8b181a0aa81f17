"""Quality control of one preprocessed scan: measures, verdict, and a figure for visual inspection."""

from pathlib import Path

import numpy as np

from adrepro.config.settings.quality import QualityLimits
from adrepro.core import step
from adrepro.core.files import read_json
from adrepro.imaging.spatial_transform import SpatialTransform, load_transform
from adrepro.imaging.volumes import Volume, load
from adrepro.preprocessing.qc_figure import BLUE, GREEN, HIPPOCAMPUS_MM, ORANGE, PURPLE, RED, Row, View, draw
from adrepro.preprocessing.qc_metrics import (
    contrast_to_noise,
    coverage,
    dice,
    hole_volume,
    template_similarity,
    warp_energy,
    write_verdict,
)
from adrepro.preprocessing.white_matter_lesions import sure_white_matter

WHITE_IN_TEMPLATE = 0.9  # eroded white matter of the template where neither cortex nor nuclei are expected


def measure(
    scan: Volume,
    aligned: Volume,
    mask: Volume,
    brain: np.ndarray,
    jacobian: Volume,
    tissues: dict[str, Volume],
    template: dict[str, Volume],
    transform: SpatialTransform,
) -> dict[str, float]:
    """Return the QC measures that are computed from images.

    Parameters
    ----------
    scan : Volume
        Bias-corrected T1w scan, native space.
    aligned : Volume
        Affinely aligned T1w scan on the study grid.
    mask : Volume
        Brain mask, native space, 0 to 1.
    brain : ndarray, shape (X, Y, Z)
        Brain mask of the scan, resampled to the study grid, 0 to 1.
    jacobian : Volume
        Jacobian determinant of the warp on the study grid.
    tissues : dict of str to Volume
        `CSF`, `GM`, `WM` and `WMH` (lesions, which are part of `WM`) fractions, native space.
    template : dict of str to Volume
        `T1w`, `mask` and `WM` of the template on the study grid.
    transform : SpatialTransform
        Transform between template space and the scan.

    Returns
    -------
    dict of str to float
        Measures by name, those of `QualityLimits` without `bias_strength`.
    """
    expected, found = template["mask"].data > 0.5, brain > 0.5
    ml = {name: float(v.data.sum(dtype=np.float64)) * v.grid.voxel_ml for name, v in tissues.items()}
    lesions_ml = ml.pop("WMH")
    white = expected & (sure_white_matter(template["WM"]).data > WHITE_IN_TEMPLATE)
    dark = tissues["GM"].like(tissues["GM"].data + tissues["WMH"].data)
    dark_in_white = dark.at(transform.to_native(aligned.grid.points()[:, white]))
    brain_points = aligned.grid.points()[:, expected]
    return {
        "mask_dice": dice(expected, found),
        **template_similarity(aligned.data, template["T1w"].data, expected & found),
        "coverage": coverage(scan, transform.to_native(brain_points)),
        "jacobian_min": float(jacobian.data[expected].min()),
        "jacobian_max": float(jacobian.data[expected].max()),
        "jacobian_nonpositive": float((jacobian.data[expected] <= 0).mean()),
        "mask_holes_ml": hole_volume(mask),
        "warp_energy": warp_energy(transform.warp, template["mask"]) if transform.warp else 0.0,
        "gray_in_white": float(dark_in_white.mean()) if white.any() else 0.0,
        "wmh_ml": lesions_ml,
        "contrast_to_noise": contrast_to_noise(scan.data, tissues["GM"].data, tissues["WM"].data - tissues["WMH"].data),
        "tiv_ml": sum(ml.values()),
        **{f"{name.lower()}_fraction": value / max(sum(ml.values()), 1e-6) for name, value in ml.items()},
    }


def qc(
    preproc: Path,
    corrected: Path,
    mask: Path,
    gm: Path,
    wm: Path,
    csf: Path,
    lesions: Path,
    regions: Path,
    jacobian: Path,
    affine: Path,
    warp: Path,
    reference: Path,
    verdict: Path,
    picture: Path,
    limits: QualityLimits,
) -> None:
    """Write the QC measures with a verdict, and the QC figure.

    Parameters
    ----------
    preproc : Path
        Affinely aligned T1w scan on the study grid (input).
    corrected, mask : Path
        Bias-corrected T1w scan and brain mask, native space (input).
    gm, wm, csf : Path
        Tissue probability maps, native space, 0 to 1 (input).
    lesions : Path
        Fraction of white-matter lesions, native space (input).
    regions : Path
        Region labels, native space (input).
    jacobian : Path
        Jacobian determinant of the warp on the study grid (input).
    affine, warp : Path
        Affine from template to scan (JSON, with `bias_strength`), and warp in mm (input).
    reference : Path
        Folder with `T1w.nii.gz`, `mask.nii.gz` and `WM.nii.gz` of the template on the study grid (input).
    verdict : Path
        JSON to write: `verdict` (`pass` or `fail`), `reasons`, and `measures` by name (output).
    picture : Path
        JPEG to write: three planes through the hippocampi, with outlines of masks, tissues and lesions, and regions
        (output).
    limits : QualityLimits
        Accepted range of each measure; a scan outside fails.
    """
    aligned, scan, brain = load(preproc), load(corrected), load(mask)
    template = {name: load(reference / f"{name}.nii.gz") for name in ("T1w", "mask", "WM")}
    tissues = {name: load(path) for name, path in (("CSF", csf), ("GM", gm), ("WM", wm), ("WMH", lesions))}
    transform = load_transform(affine, warp)
    brain_on_grid = brain.antialiased(float(aligned.voxel_mm[0])).at(transform.to_native(aligned.grid.points()))
    measures = measure(scan, aligned, brain, brain_on_grid, load(jacobian), tissues, template, transform)
    measures["bias_strength"] = read_json(affine)["bias_strength"]
    shown = (tissues["GM"].data > 0.5) | (tissues["CSF"].data > 0.9)
    labels = scan.like(np.where(shown, load(regions).data, 0).astype(np.int16))
    in_template, in_scan = View(HIPPOCAMPUS_MM), View.of_scan(HIPPOCAMPUS_MM, transform)
    rows = [
        Row(aligned, in_template, {ORANGE: aligned.like(brain_on_grid), GREEN: template["mask"]}),
        Row(scan, in_scan, {ORANGE: brain, BLUE: tissues["GM"], PURPLE: tissues["WM"], RED: tissues["WMH"]}),
        Row(scan, in_scan, regions=labels),
    ]
    draw(picture, rows)
    write_verdict(verdict, measures, limits)


if __name__ == "__main__":
    step.run(qc)
