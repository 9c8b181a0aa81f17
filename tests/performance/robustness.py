"""Preprocess many variants of one scan: `python tests/performance/robustness.py SCAN.nii.gz [NAME ...]`.

Each variant goes through align, segment and normalize with the settings for real scans. Prints milliliters of brain,
gray matter, white matter and CSF, the difference in gray matter from the unchanged scan, and the mean absolute
difference over the regions of the default atlas of at least 0.5 ml, and of the hippocampi. The last line is JSON.
"""

import contextlib
import io
import json
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import nibabel as nib
import numpy as np
import pandas as pd
from nibabel.processing import resample_to_output
from scipy.spatial.transform import Rotation

from adrepro.config.loading import load_settings
from adrepro.config.reference_space import BUILT_IN_SPACE, BUILT_IN_TEMPLATE, DEFAULT_ATLAS
from adrepro.core.errors import ScanFault
from adrepro.core.tables import read_table
from adrepro.imaging.spatial_transform import load_transform
from adrepro.imaging.volumes import Volume, load
from adrepro.preprocessing.reference.atlas import atlas
from adrepro.preprocessing.reference.template import template
from adrepro.preprocessing.regional_measures import label_image, tissue_in_regions

sys.path.insert(0, str(Path(__file__).parent))
from preprocessing import REPOSITORY, run_steps

MIN_ML = 0.5  # regions to compare


def variants(scan: nib.Nifti1Image, folder: Path) -> Iterator[tuple[str, nib.Nifti1Image]]:
    """Yield the scan, then variants with other headers, axes, voxels, noise and bright spots, without face or skull.

    The face and the skull are removed by the brain mask of the unchanged scan, which is in `folder` by then.
    """
    data, affine = np.asarray(scan.dataobj, dtype=np.float32), scan.affine
    rng = np.random.default_rng(0)
    yield "as it is", nib.Nifti1Image(data, affine)
    far = affine.copy()
    far[:3, 3] += (500, -300, 200)
    yield "origin far away", nib.Nifti1Image(data, far)
    turn = np.eye(4)
    turn[:3, :3] = Rotation.from_euler("xyz", (50, 20, -35), degrees=True).as_matrix()
    yield "turned by 50, 20 and -35 degrees", nib.Nifti1Image(data, turn @ affine)
    permuted = nib.Nifti1Image(data, affine).as_reoriented(np.array([[1, -1], [2, 1], [0, -1]]))
    steps = np.round(np.asarray(permuted.dataobj) / max(data.max(), 1) * 30000).astype(np.int16)
    yield "4D, axes permuted, int16", nib.Nifti1Image(steps[..., None], permuted.affine)
    spots = data.copy()
    spots[3:9, 3:9, 3:9] = 200 * data.max()
    yield "fiducial 200 times as bright", nib.Nifti1Image(spots, affine)
    noise = rng.normal(0, 0.03 * data.max(), (2, *data.shape)).astype(np.float32)
    yield (
        "noise, and a background of 40 %",
        nib.Nifti1Image(np.hypot(data + noise[0], noise[1]) + 0.4 * data.max(), affine),
    )
    thick = data[..., : data.shape[2] // 3 * 3].reshape(*data.shape[:2], -1, 3).mean(axis=3)
    wide = affine @ np.diag([1, 1, 3, 1.0])
    wide[:3, 3] = (affine @ [0, 0, 1, 1])[:3]
    yield "slices three times as thick", nib.Nifti1Image(thick, wide)
    yield "voxels of 0.7 mm", resample_to_output(nib.Nifti1Image(data, affine), 0.7, order=1)
    brain = load(folder / "0" / "mask.nii.gz").data > 0.5
    front, low = (np.percentile(points, p) for points, p in zip(brain_mm(brain, affine), (80, 25), strict=True))
    _, y, z = np.moveaxis(nib.affines.apply_affine(affine, np.moveaxis(np.indices(data.shape), 0, -1)), -1, 0)
    yield "defaced", nib.Nifti1Image(np.where((y > front) & (z < low) & ~brain, 0, data), affine)
    yield "brain alone", nib.Nifti1Image(data * brain, affine)


def brain_mm(brain: np.ndarray, affine: np.ndarray) -> np.ndarray:
    """Return the anterior and superior coordinates (2, n) of a mask's voxels in mm."""
    return nib.affines.apply_affine(affine, np.argwhere(brain)).T[1:]


def regional_ml(out: Path, labels: Volume, table: pd.DataFrame) -> pd.Series:
    """Return the volume in ml of each region of an atlas in a preprocessed scan, by name."""
    maps = {name: load(out / f"{name}.nii.gz") for name in ("GM", "CSF")}
    inside = (maps["GM"].data > 0) | (maps["CSF"].data > 0)
    transform = load_transform(*(out / name for name in ("affine.json", "warp.nii.gz", "inverse.nii.gz")))
    points = transform.to_template(maps["GM"].grid.points()[:, inside])
    return pd.Series(tissue_in_regions(label_image(labels, points, inside), maps, table), index=table["name"])


def main() -> None:
    config = REPOSITORY / "config"
    settings = load_settings([config / "config.yaml", config / "study" / "real_scans.yaml"])
    found: dict[str, dict] = {}
    with tempfile.TemporaryDirectory() as folder:
        working_mm = settings.preprocessing.registration_resolution_mm
        built_in = (BUILT_IN_TEMPLATE, BUILT_IN_SPACE)
        template(Path(folder), Path(folder, "space.json"), working_mm, 2, *built_in, [])
        named = [Path(folder, f"atlas.{ending}") for ending in ("nii.gz", "tsv", "json")]
        atlas(Path(folder, "fine"), *named, DEFAULT_ATLAS, BUILT_IN_SPACE, BUILT_IN_SPACE, [])
        labels, table = load(named[0]), read_table(named[1])
        regions: dict[str, pd.Series] = {}
        for number, (name, image) in enumerate(variants(nib.load(sys.argv[1]), Path(folder))):
            if sys.argv[2:] and name not in ("as it is", *sys.argv[2:]):
                continue
            out = Path(folder, str(number))
            out.mkdir()
            nib.save(image, out / "scan.nii.gz")
            try:
                with contextlib.redirect_stdout(io.StringIO()):
                    run_steps(out / "scan.nii.gz", out, Path(folder, "working"), settings, 2)
            except ScanFault as fault:
                print(f"{name:34} refused: {fault}", flush=True)
                continue
            maps = {key: load(out / f"{key}.nii.gz") for key in ("mask", "GM", "WM", "CSF")}
            found[name] = {key: round(float(v.data.sum()) * v.grid.voxel_ml, 1) for key, v in maps.items()}
            values = ", ".join(f"{key} {ml:.0f}" for key, ml in found[name].items())
            regions[name] = regional_ml(out, labels, table)
            before = regions["as it is"]
            change = (regions[name] / before - 1)[before >= MIN_ML]
            found[name] |= {
                "gray_change": round(found[name]["GM"] / found["as it is"]["GM"] - 1, 4),
                "regional_change": round(float(change.abs().mean()), 4),
                "hippocampal_change": round(float(change.filter(like="hippocampus").abs().mean()), 4),
            }
            changes = ", ".join(f"{key} {value:+.1%}" for key, value in found[name].items() if "change" in key)
            print(f"{name:34} {values} ml; {changes}", flush=True)
    print(json.dumps(found))


if __name__ == "__main__":
    main()
