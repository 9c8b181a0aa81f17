"""Simulated lesions of white matter: `python tests/performance/lesions.py SCAN.nii.gz ASEG.nii.gz`.

Lesions with the intensity of gray matter are planted in the white matter that FreeSurfer's segmentation gives, around
the ventricles and deep in the white matter, of 0 to 20 ml. Prints for each the Dice of gray and white matter with that
segmentation, to which lesions are white matter, without and with `segmentation.white_matter_lesions`, and the volume
that is found. The last line is JSON.
"""

import json
import sys
import tempfile
from pathlib import Path

import nibabel as nib
import numpy as np
from preprocessing import dice, real_settings, run_align, run_segment
from scipy import ndimage

from adrepro.config.reference_space import BUILT_IN_SPACE, BUILT_IN_TEMPLATE
from adrepro.imaging.volumes import Volume, load, save
from adrepro.preprocessing.reference.template import template

RESOLUTION_MM = 2.0
WHITE, VENTRICLES = (2, 41, 77), (4, 43)
VOLUMES_ML = (5.0, 20.0)
NEAR_MM, DEEP_MM = 15.0, 4.0  # around ventricles; from gray matter


def planted(scan: Volume, labels: np.ndarray, gray_of_white: float, kind: str, ml: float) -> tuple[Volume, float]:
    """Return the scan with lesions, and their volume in ml; the seed is fixed."""
    white, fluid = np.isin(labels, WHITE), np.isin(labels, VENTRICLES)
    step = float(scan.voxel_mm.mean())
    from_fluid, from_gray = (step * ndimage.distance_transform_edt(m) for m in (~fluid, white | fluid))
    noise = ndimage.gaussian_filter(np.random.default_rng(0).standard_normal(white.shape), 4 / step)
    if kind == "periventricular":
        allowed, rank = white & (from_fluid < NEAR_MM), noise / noise.std() - from_fluid / 4
    else:
        allowed, rank = white & (from_gray > DEEP_MM) & (from_fluid > 6), noise
    count = round(ml / scan.grid.voxel_ml)
    lesion = allowed & (rank >= np.sort(rank[allowed])[-count])
    fraction = ndimage.gaussian_filter(lesion.astype(np.float32), 0.7) * allowed
    image = scan.data * (1 - fraction * (1 - gray_of_white))
    return scan.like(image.astype(np.float32)), float(fraction.sum()) * scan.grid.voxel_ml


def main() -> None:
    path, segmentation = map(Path, sys.argv[1:3])
    settings = real_settings()
    image = nib.load(segmentation)
    aseg = Volume(np.asarray(image.dataobj).astype(np.int32), image.affine)
    summary = {}
    with tempfile.TemporaryDirectory() as made:
        folder = Path(made)
        template(folder, folder / "space.json", RESOLUTION_MM, RESOLUTION_MM, BUILT_IN_TEMPLATE, BUILT_IN_SPACE, [])
        working = folder / "working"
        run_align(path, folder, working, settings, RESOLUTION_MM)
        run_segment(folder, working, settings.segmentation)
        corrected = load(folder / "corrected.nii.gz")
        medians = [
            float(np.median(corrected.data[load(folder / f"{name}.nii.gz").data > 0.95])) for name in ("GM", "WM")
        ]
        raw = nib.load(path)
        scan = Volume(np.asarray(raw.dataobj, dtype=np.float32).squeeze(), raw.affine)
        labels = aseg.at(scan.grid.points(), order=0).astype(int)
        for kind, ml in [("none", 0.0), *((k, v) for k in ("periventricular", "deep") for v in VOLUMES_ML)]:
            volume, true_ml = planted(scan, labels, medians[0] / medians[1], kind, ml) if ml else (scan, 0.0)
            save(folder / "scan.nii.gz", volume)
            run_align(folder / "scan.nii.gz", folder, working, settings, RESOLUTION_MM)
            row = {"planted_ml": true_ml}
            for name, rule in (("without", False), ("with", True)):
                own = settings.segmentation.model_copy(update={"white_matter_lesions": rule})
                run_segment(folder, working, own)
                row |= {f"{tissue}_{name}": value for tissue, value in dice(folder, segmentation).items()}
            row["found_ml"] = float(load(folder / "WMH.nii.gz").data.sum()) * scan.grid.voxel_ml
            summary[f"{kind} {ml:g}"] = {key: round(value, 4) for key, value in row.items()}
            print(f"{kind:16} " + ", ".join(f"{key} {value:.3f}" for key, value in row.items()), flush=True)
    print(json.dumps(summary))


if __name__ == "__main__":
    main()
