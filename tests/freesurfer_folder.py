"""Tables of FreeSurfer with made-up volumes, in the layouts of its tools."""

from pathlib import Path

import numpy as np

from adrepro.preprocessing.reference.region_names import DEEP as DEEP_LABELS
from adrepro.preprocessing.reference.region_names import NAMES, VENTRICLES

CORTEX = [label for label in NAMES if label not in (*DEEP_LABELS, *VENTRICLES)]
DEEP = (
    "Thalamus", "Caudate", "Putamen", "Pallidum", "Hippocampus", "Amygdala", "Accumbens-area", "Lateral-Ventricle",
    "Inf-Lat-Vent", "Cerebellum-Cortex",
)  # fmt: skip
MIDDLE = ("3rd-Ventricle", "Brain-Stem", "WM-hypointensities")
TIV_MM3, WHITE_MM3 = 1_500_000.0, 450_000.0


def volumes_mm3(seed: int) -> dict[str, float]:
    """Volumes in mm3 by the names of `aseg.stats` and `ctx-lh-...`."""
    rng = np.random.default_rng(seed)
    names = [f"{side}-{name}" for side in ("Left", "Right") for name in DEEP] + list(MIDDLE)
    names += [f"ctx-{side}-{name}" for side in ("lh", "rh") for name in CORTEX]
    return {name: round(float(rng.uniform(1000, 9000)), 1) for name in names}


def write_stats(folder: Path, mm3: dict[str, float], tiv: float = TIV_MM3) -> None:
    """Write `aseg.stats`, `lh.aparc.stats` and `rh.aparc.stats` of one scan."""
    folder.mkdir(parents=True)
    head = [
        "# Title Segmentation Statistics",
        f"# Measure CerebralWhiteMatter, CerebralWhiteMatterVol, Total cerebral white matter volume, {WHITE_MM3}, mm^3",
        "# Measure SurfaceHoles, SurfaceHoles, Total number of defect holes in surfaces prior to fixing, 12, unitless",
        f"# Measure EstimatedTotalIntraCranialVol, eTIV, Estimated Total Intracranial Volume, {tiv}, mm^3",
        "# ColHeaders  Index SegId NVoxels Volume_mm3 StructName normMean normStdDev normMin normMax normRange",
    ]
    rows = [
        f"  {i}  4  {ml:.0f}  {ml}  {name}  50 9 3 99 96"
        for i, (name, ml) in enumerate(mm3.items())
        if "ctx" not in name
    ]
    (folder / "aseg.stats").write_text("\n".join([*head, *rows]) + "\n")
    for side in ("lh", "rh"):
        head = [
            "# Measure Cortex, NumVert, Number of Vertices, 120000, unitless",
            "# ColHeaders StructName NumVert SurfArea GrayVol ThickAvg ThickStd MeanCurv GausCurv FoldInd CurvInd",
        ]
        rows = [f"{name}  1400  950  {mm3[f'ctx-{side}-{name}']}  2.5 0.4 0.1 0.02 11 1.1" for name in CORTEX]
        (folder / f"{side}.aparc.stats").write_text("\n".join([*head, *rows]) + "\n")


def write_tables(folder: Path, scans: dict[str, dict[str, float]]) -> None:
    """Write the tables of `asegstats2table` and `aparcstats2table`, and one of thickness, for all scans."""
    folder.mkdir(parents=True, exist_ok=True)
    deep = [name for name in next(iter(scans.values())) if "ctx" not in name]
    lines = ["\t".join(["Measure:volume", *deep, "CerebralWhiteMatterVol", "EstimatedTotalIntraCranialVol"])]
    lines += ["\t".join(map(str, [s, *(mm3[n] for n in deep), WHITE_MM3, TIV_MM3])) for s, mm3 in scans.items()]
    (folder / "aseg.tsv").write_text("\n".join(lines) + "\n")
    for side in ("lh", "rh"):
        for kind, factor in (("volume", 1), ("thickness", 0.001)):
            lines = ["\t".join([f"{side}.aparc.{kind}", *(f"{side}_{name}_{kind}" for name in CORTEX), "eTIV"])]
            for scan, mm3 in scans.items():
                values = [mm3[f"ctx-{side}-{name}"] * factor for name in CORTEX]
                lines.append("\t".join(map(str, [scan, *values, TIV_MM3])))
            (folder / f"aparc_{side}_{kind}.tsv").write_text("\n".join(lines) + "\n")


def write_synthseg(folder: Path, scans: dict[str, dict[str, float]]) -> None:
    """Write the table of `mri_synthseg --parc --vol` for all scans."""
    folder.mkdir(parents=True, exist_ok=True)
    names = [name for name in next(iter(scans.values())) if name != "WM-hypointensities"]
    spoken = [name if name.startswith("ctx") else name.lower().replace("-", " ") for name in names]
    spoken = [name.replace("inf lat vent", "inferior lateral ventricle") for name in spoken]
    white = ["left cerebral white matter", "right cerebral white matter"]
    lines = [",".join(["subject", "total intracranial", *white, *spoken])]
    for scan, mm3 in scans.items():
        values = [TIV_MM3, WHITE_MM3 / 2, WHITE_MM3 / 2, *(mm3[name] for name in names)]
        lines.append(",".join(map(str, [f"{scan}_T1w.nii.gz", *values])))
    (folder / "volumes.csv").write_text("\n".join(lines) + "\n")
