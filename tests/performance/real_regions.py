"""Compare registrations by the regions that they carry to a real scan, with those of FreeSurfer.

`python tests/performance/real_regions.py SCAN.nii.gz APARC_ASEG.nii.gz [--engines torch ants ...]`

The scan is aligned and segmented once; then each engine runs in a process of its own, on one thread, from the same
affine: `torch` (ours, on tissue maps), `ants` (SyN, cross correlation), and, where installed, `greedy` (package
picsl-greedy, cross correlation) and `fireants`. Each warp carries the default atlas to the scan. Prints seconds, peak
memory, folds, and Dice of regions with FreeSurfer's, of the labels as they are, and with those of the cortex within the
gray matter of the scan; then the correlation of regional volumes and their relative bias. The last line is JSON.
"""

import argparse
import importlib.util
import json
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import nibabel as nib
import numpy as np
import pandas as pd
from preprocessing import real_settings, run_align, run_segment

from adrepro.config.reference_space import BUILT_IN_SPACE, BUILT_IN_TEMPLATE
from adrepro.core.tables import read_table
from adrepro.imaging.spatial_transform import SpatialTransform, load_transform, save_warps
from adrepro.imaging.volumes import Volume, isotropic_grid, load
from adrepro.preprocessing.reference.atlas import atlas
from adrepro.preprocessing.reference.maps import load_reference
from adrepro.preprocessing.reference.region_names import region_name
from adrepro.preprocessing.reference.template import template
from adrepro.preprocessing.registration.engines import register

RESOLUTION_MM = 2.0
# FreeSurfer's numbers: cortex is 1000 (left) or 2000 (right) and the place in this list.
CORTEX = (
    "unknown bankssts caudalanteriorcingulate caudalmiddlefrontal corpuscallosum cuneus entorhinal fusiform "
    "inferiorparietal inferiortemporal isthmuscingulate lateraloccipital lateralorbitofrontal lingual "
    "medialorbitofrontal middletemporal parahippocampal paracentral parsopercularis parsorbitalis parstriangularis "
    "pericalcarine postcentral posteriorcingulate precentral precuneus rostralanteriorcingulate rostralmiddlefrontal "
    "superiorfrontal superiorparietal superiortemporal supramarginal frontalpole temporalpole transversetemporal insula"
).split()
DEEP = {
    "thalamusproper": (10, 49), "caudate": (11, 50), "putamen": (12, 51), "pallidum": (13, 52),
    "hippocampus": (17, 53), "amygdala": (18, 54), "accumbensarea": (26, 58), "lateralventricle": (4, 43),
}  # fmt: skip
NO_CORTEX = ("unknown", "corpuscallosum")


def numbers() -> dict[str, int]:
    """Return FreeSurfer's number of each region by its anatomical name."""
    found = {region_name(label, side): n for label, pair in DEEP.items() for side, n in zip("LR", pair, strict=True)}
    return found | {
        region_name(label, side): base + place
        for side, base in (("L", 1000), ("R", 2000))
        for place, label in enumerate(CORTEX)
        if label not in NO_CORTEX
    }


def prepare(scan: Path, folder: Path) -> None:
    """Make template, atlas, aligned scan and tissue maps in `folder`."""
    settings = real_settings()
    template(folder, folder / "space.json", RESOLUTION_MM, RESOLUTION_MM, BUILT_IN_TEMPLATE, BUILT_IN_SPACE, [])
    names = [folder / f"atlas.{ending}" for ending in ("nii.gz", "tsv", "json")]
    atlas(folder / "fine", *names, "desikan-killiany", BUILT_IN_SPACE, BUILT_IN_SPACE, [])
    run_align(scan, folder, folder / "working", settings, RESOLUTION_MM)
    run_segment(folder, folder / "working", settings.segmentation)


def run_engine(engine: str, folder: Path) -> dict[str, float]:
    """Register with one engine, write its warp, and return seconds and peak memory in MB of this process."""
    maps, near = load_reference(folder / "working")
    whole, brain = (load(folder / f"{name}.nii.gz") for name in ("corrected", "mask"))
    tissues = {name: load(folder / f"{name}.nii.gz") for name in ("GM", "WM")}
    affine, extracted = load_transform(folder / "affine.json").affine, whole.like(whole.data * brain.data)
    start = time.perf_counter()
    if engine == "greedy":
        found = by_greedy(maps["T1w"], extracted, affine)
    else:
        settings = real_settings()
        chosen = settings.registration.model_copy(update={"engine": engine})
        found = register(maps, near, extracted, tissues, affine, chosen, "cpu", settings.seed)
    seconds = time.perf_counter() - start
    save_warps(found, folder / f"{engine}.nii.gz", folder / f"{engine}_inverse.nii.gz")
    return {"seconds": seconds, "peak_mb": peak_mb()}


def peak_mb() -> float:
    """Return the peak memory of this process in MB, without that of the process that started it."""
    status = Path("/proc/self/status").read_text().splitlines()
    return float(next(line.split()[1] for line in status if line.startswith("VmHWM"))) / 1024


def by_greedy(fixed: Volume, moving: Volume, affine: np.ndarray) -> SpatialTransform:
    """Register by greedy with cross correlation in windows of radius 2 and its recommended schedule."""
    import SimpleITK
    from picsl_greedy import Greedy3D

    small = moving.on(isotropic_grid(moving.grid, RESOLUTION_MM))
    aligned = fixed.like(small.at(SpatialTransform(affine).to_native(fixed.grid.points())).astype(np.float32))
    images = {name: SimpleITK.GetImageFromArray(v.data.T) for name, v in (("f", fixed), ("m", aligned))}
    for image in images.values():  # both lie on one grid: mm from its corner, along its axes
        image.SetSpacing([float(step) for step in fixed.voxel_mm])
    runner = Greedy3D()
    runner.execute("-threads 1 -i f m -m WNCC 2x2x2 -n 100x50x10 -o warp -oinv back", **images, warp=None, back=None)
    # Vectors (Z, Y, X, 3) along the axes of the image, which are those of the world for the template.
    signs = np.sign(np.diag(fixed.affine)[:3]).astype(np.float32)
    fields = [SimpleITK.GetArrayFromImage(runner[name]).transpose(2, 1, 0, 3) * signs for name in ("warp", "back")]
    return SpatialTransform(affine, *(Volume(field.astype(np.float32), fixed.affine) for field in fields))


def evaluate(engine: str, folder: Path, true: Volume) -> dict[str, float]:
    """Return the agreement of the carried atlas with FreeSurfer's regions."""
    transform = load_transform(folder / "affine.json", folder / f"{engine}.nii.gz", folder / f"{engine}_inverse.nii.gz")
    labels, table = load(folder / "atlas.nii.gz"), read_table(folder / "atlas.tsv")
    known, some = numbers(), true.data > 0
    points = true.grid.points()[:, some]
    carried = labels.at(transform.to_template(points), order=0).astype(int)
    gray, csf = (load(folder / f"{name}.nii.gz").at(points) for name in ("GM", "CSF"))
    rows = []
    for label, name in enumerate(table["name"], start=1):
        if name not in known:
            continue
        here, there, weight = carried == label, true.data[some] == known[name], csf if "ventricle" in name else gray
        if "ventricle" in name:
            here &= csf > 0.5  # the label has a rim, of which CSF alone is counted
        within = here & (gray > 0.5) if known[name] >= 1000 else here
        dice = [2 * (mine & there).sum() / max(mine.sum() + there.sum(), 1) for mine in (here, within)]
        rows.append((name, *dice, weight[here].sum(), there.sum()))
    found = pd.DataFrame(rows, columns=["name", "dice", "dice_within_gray", "ml", "true_ml"]).set_index("name")
    determinant = transform.jacobian_at(points[:, :: max(1, points.shape[1] // 200_000)])
    cortex = [name for name in found.index if known[name] >= 1000]
    deep = {label: [region_name(label, side) for side in "LR"] for label in DEEP}
    return {
        "regions": float(found["dice"].mean()),
        "regions_within_gray": float(found["dice_within_gray"].mean()),
        "cortex_within_gray": float(found.loc[cortex, "dice_within_gray"].mean()),
        **{label: float(found.loc[names, "dice"].mean()) for label, names in deep.items()},
        "volume_r": float(np.corrcoef(found["ml"], found["true_ml"])[0, 1]),
        "volume_bias": float((found["ml"] / found["true_ml"] - 1).median()),
        **{f"{label}_bias": bias(found.loc[names]) for label, names in deep.items()},
        "folded": float((determinant <= 0).mean()),
    }


def bias(regions: pd.DataFrame) -> float:
    """Return the relative difference of the volume of some regions, together, from FreeSurfer's."""
    return float(regions["ml"].sum() / regions["true_ml"].sum() - 1)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("scan", type=Path)
    parser.add_argument("segmentation", type=Path)
    installed = [name for name, module in (("greedy", "picsl_greedy"), ("fireants", "fireants")) if _has(module)]
    parser.add_argument("--engines", nargs="+", default=["torch", "ants", *installed])
    parser.add_argument("--engine", help=argparse.SUPPRESS)  # of the process of one engine; `scan` is its folder
    given = parser.parse_args()
    if given.engine:
        print(json.dumps(run_engine(given.engine, given.scan)))
        return
    image = nib.load(given.segmentation)
    true = Volume(np.asarray(image.dataobj).astype(np.int32), image.affine)
    summary: dict[str, dict[str, float]] = {}
    with tempfile.TemporaryDirectory() as made:
        folder = Path(made)
        prepare(given.scan, folder)
        for engine in given.engines:
            words = [sys.executable, __file__, str(folder), str(given.segmentation), "--engine", engine]
            done = subprocess.run(words, capture_output=True, text=True)
            if done.returncode:
                print(f"{engine}: {done.stderr[-2000:]}")
                continue
            cost = json.loads(done.stdout.splitlines()[-1])
            summary[engine] = {k: round(v, 4) for k, v in {**cost, **evaluate(engine, folder, true)}.items()}
            print(f"{engine:9}", ", ".join(f"{key} {value:.3f}" for key, value in summary[engine].items()), flush=True)
    print(json.dumps(summary))


def _has(module: str) -> bool:
    return importlib.util.find_spec(module) is not None


if __name__ == "__main__":
    main()
