"""Compare our preprocessing of one whole head with a plain recipe, in turn on the same machine.

`python tests/performance/preprocessing.py SCAN.nii.gz [--segmentation aseg.nii.gz] [--resolution 2] [--repeats 1]`

The plain recipe is N4 with its defaults, `antsRegistrationSyNQuick[s]` of the template at full resolution (its mask
resampled to the scan), and Atropos with three classes, on the scan resampled to the resolution. Ours are the functions
of the steps. Both run on one thread; both are compared with the scan's FreeSurfer segmentation if it is given. The last
line is JSON.
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from adrepro.config.settings.images import SegmentationSettings
    from adrepro.config.settings.study import StudySettings

REPOSITORY = Path(__file__).parents[2]
GRAY = (3, 42, 8, 47, 10, 11, 12, 13, 17, 18, 26, 49, 50, 51, 52, 53, 54, 58)
NEITHER = (16, 28, 60, 85)  # brain stem, ventral diencephalon, chiasm: both tissues in one label
WHITE = (2, 41, 7, 46, 77, 251, 252, 253, 254, 255)


def ours(scan: Path, out: Path, resolution_mm: float) -> None:
    """Preprocess one scan by the steps of the workflow."""
    run_steps(scan, out, out / "reference" / "working", real_settings(), resolution_mm)


def real_settings() -> "StudySettings":
    """Return the settings for real scans."""
    from adrepro.config.loading import load_settings

    return load_settings([REPOSITORY / "config" / name for name in ("config.yaml", "study/real_scans.yaml")])


def run_align(scan: Path, out: Path, working: Path, settings: "StudySettings", resolution_mm: float) -> None:
    """Run align on one scan, with files in `out` and the template in `working`."""
    from adrepro.config.reference_space import BUILT_IN_SPACE
    from adrepro.preprocessing.align import align

    corrected, mask, preproc = (out / f"{name}.nii.gz" for name in ("corrected", "mask", "preproc"))
    align(
        scan, working, corrected, mask, out / "affine.json", preproc, out / "a.json", out / "b.json",
        settings.preprocessing, resolution_mm, BUILT_IN_SPACE, settings.seed, [],
    )  # fmt: skip


def run_segment(out: Path, working: Path, settings: "SegmentationSettings") -> None:
    """Run segment on the files of `run_align`."""
    from adrepro.preprocessing.segment import segment

    corrected, mask, *maps = (out / f"{name}.nii.gz" for name in ("corrected", "mask", "GM", "WM", "CSF", "WMH"))
    segment(corrected, mask, out / "affine.json", working, *maps, settings)


def run_steps(scan: Path, out: Path, working: Path, settings: "StudySettings", resolution_mm: float) -> None:
    """Run align, segment and normalize on one scan, with files in `out` and the template in `working`."""
    from adrepro.preprocessing.normalize import normalize

    run_align(scan, out, working, settings, resolution_mm)
    run_segment(out, working, settings.segmentation)
    names = ("corrected", "mask", "GM", "WM", "warp", "inverse", "jacobian", "modulated")
    corrected, mask, gm, wm, *made = (out / f"{name}.nii.gz" for name in names)
    normalize(
        corrected, mask, gm, wm, out / "affine.json", working, *made, settings.registration, "cpu", resolution_mm,
        settings.seed,
    )  # fmt: skip


def plain(scan: Path, out: Path, resolution_mm: float) -> None:
    """Preprocess one scan by the plain recipe."""
    from adrepro.imaging.nifti_reader import read_scan
    from adrepro.imaging.volumes import Volume, isotropic_grid, save
    from adrepro.preprocessing.reference.template_sources import load_template
    from adrepro.preprocessing.registration.ants_images import ants, to_ants

    volume, _ = read_scan(scan)
    head = to_ants(volume.on(isotropic_grid(volume.grid, resolution_mm)))
    template = {name: to_ants(load_template()[name]) for name in ("T1w", "mask")}
    ants.config.set_ants_deterministic(on=True, seed_value=1)
    corrected = ants.n4_bias_field_correction(head)
    found = ants.registration(corrected, template["T1w"], type_of_transform="antsRegistrationSyNQuick[s]")
    mask = ants.apply_transforms(corrected, template["mask"], found["fwdtransforms"], interpolator="nearestNeighbor")
    maps = ants.atropos(a=corrected, x=mask, i="KMeans[3]", m="[0.2,1x1x1]", c="[5,0]")["probabilityimages"]
    grid = isotropic_grid(volume.grid, resolution_mm)
    for name, image in zip(("CSF", "GM", "WM"), maps, strict=True):
        save(out / f"{name}.nii.gz", Volume(image.numpy(), grid.affine))


def tissue_dice(value_at: Callable[[str, np.ndarray], np.ndarray], segmentation: Path) -> dict[str, float]:
    """Return the Dice coefficient of the likeliest tissue with FreeSurfer's segmentation, at its voxels.

    Parameters
    ----------
    value_at : callable
        Returns the map of a tissue at points (3, ...) in mm.
    segmentation : Path
        FreeSurfer's `aseg` as NIfTI, native space.
    """
    import nibabel as nib

    from adrepro.imaging.volumes import Volume

    image = nib.load(segmentation)
    labels = Volume(np.asarray(image.dataobj).astype(np.int32), image.affine)
    points = labels.grid.points()
    maps = np.stack([value_at(name, points) for name in ("CSF", "GM", "WM")])
    compared = ~np.isin(labels.data, NEITHER)
    likeliest = np.where((maps.sum(axis=0) > 0.5) & compared, maps.argmax(axis=0), -1)
    score = {}
    for number, (name, wanted) in enumerate((("GM", GRAY), ("WM", WHITE)), start=1):
        true = np.isin(labels.data, wanted)
        mine = likeliest == number
        score[name] = float(2 * (true & mine).sum() / (true.sum() + mine.sum()))
    return score


def dice(found: Path, segmentation: Path) -> dict[str, float]:
    """Return the Dice coefficients of the tissue maps in the folder `found` with FreeSurfer's segmentation."""
    from adrepro.imaging.volumes import load

    return tissue_dice(lambda name, points: load(found / f"{name}.nii.gz").at(points), segmentation)


def regional_agreement(out: Path, segmentation: Path) -> float:
    """Return the correlation over regions of the built-in atlas of our gray-matter volumes with FreeSurfer's."""
    import nibabel as nib

    from adrepro.imaging.spatial_transform import load_transform
    from adrepro.imaging.volumes import Volume, load
    from adrepro.preprocessing.reference.seed_parcels import make_atlas
    from adrepro.preprocessing.reference.template_sources import load_template

    image = nib.load(segmentation)
    true = Volume(np.isin(np.asarray(image.dataobj).astype(np.int32), GRAY), image.affine)
    gray = load(out / "GM.nii.gz").on(true.grid)
    atlas, table = make_atlas(load_template()["GM"])
    some = true.data | (gray.data > 0)
    transform = load_transform(out / "affine.json", out / "warp.nii.gz", out / "inverse.nii.gz")
    regions = atlas.at(transform.to_template(true.grid.points()[:, some]), order=0).astype(int)
    sums = [np.bincount(regions, v.data[some].astype(float), minlength=len(table))[1:-1] for v in (gray, true)]
    return float(np.corrcoef(*sums)[0, 1])


def measure(method: str, scan: Path, out: Path, resolution_mm: float) -> dict[str, float]:
    """Return the seconds, import included, and the peak memory of one method in its own process."""
    words = [
        sys.executable,
        __file__,
        str(scan),
        "--only",
        method,
        "--out",
        str(out),
        "--resolution",
        str(resolution_mm),
    ]
    start = time.perf_counter()
    process = subprocess.Popen(words, stdout=subprocess.DEVNULL)
    _, status, usage = os.wait4(process.pid, 0)
    if status:
        raise SystemExit(f"{method} failed")
    return {"seconds": time.perf_counter() - start, "peak_mb": usage.ru_maxrss / 1024}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("scan", type=Path)
    parser.add_argument("--segmentation", type=Path)
    parser.add_argument("--resolution", type=float, default=2.0)
    parser.add_argument("--repeats", type=int, default=1)
    parser.add_argument("--only", choices=["ours", "plain"])
    parser.add_argument("--out", type=Path)
    given = parser.parse_args()
    if given.only:
        {"ours": ours, "plain": plain}[given.only](given.scan, given.out, given.resolution)
        return
    result: dict = {"resolution_mm": given.resolution, "ours": [], "plain": []}
    with tempfile.TemporaryDirectory() as folder:
        from adrepro.config.reference_space import BUILT_IN_SPACE, BUILT_IN_TEMPLATE
        from adrepro.preprocessing.reference.template import template

        for _ in range(given.repeats):
            for method in ("ours", "plain"):
                out = Path(folder, method)
                if not (out / "reference").exists():
                    built_in = (BUILT_IN_TEMPLATE, BUILT_IN_SPACE)
                    template(out / "reference", out / "space.json", 2.0, given.resolution, *built_in, [])
                found = measure(method, given.scan, out, given.resolution)
                result[method].append(round(found["seconds"], 2))
                result[f"{method}_peak_mb"] = round(found["peak_mb"])
        for method in ("ours", "plain"):
            seconds = result[method]
            memory = result[f"{method}_peak_mb"]
            line = f"{method:6} {np.mean(seconds):7.1f} s (from {min(seconds):.1f} to {max(seconds):.1f}), {memory} MB"
            if given.segmentation:
                score = dice(Path(folder, method), given.segmentation)
                result |= {f"{method}_dice_{name}": round(value, 4) for name, value in score.items()}
                if method == "ours":
                    result["regional_r"] = regional_agreement(Path(folder, method), given.segmentation)
                line += f"   Dice GM {score['GM']:.3f}, WM {score['WM']:.3f}"
            print(line)
    ratios = [p / o for p, o in zip(result["plain"], result["ours"], strict=True)]
    result |= {"ratio": round(float(np.mean(ratios)), 2), "ratio_low": min(ratios), "ratio_high": max(ratios)}
    if given.segmentation:
        print(f"regional gray-matter volumes of ours against the segmentation's: r = {result['regional_r']:.3f}")
    print(f"plain / ours: {result['ratio']:.2f} (from {min(ratios):.2f} to {max(ratios):.2f})")
    print(json.dumps({k: round(v, 3) if isinstance(v, float) else v for k, v in result.items()}))


if __name__ == "__main__":
    main()
