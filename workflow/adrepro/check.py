"""Quality control of one preprocessed scan: measures, a verdict, and a picture to look at."""

from pathlib import Path

import numpy as np

from . import step
from .files import read_json, replacing, write_json
from .grids import transform
from .mapping import load_mapping
from .volumes import Volume, load

COLOURS = ("#e69f00", "#009e73", "#56b4e9", "#cc79a7")


def measure(preproc: Volume, jacobian: Volume, brain: np.ndarray, template: dict[str, Volume], volumes: dict) -> dict:
    """Measures of one scan; `brain` is its mask carried to the study grid (0 to 1)."""
    expected, found = template["mask"].data > 0.5, brain > 0.5
    tiv = max(volumes["tiv_ml"], 1e-6)
    shares = {f"{name.lower()}_fraction": value / tiv for name, value in volumes["tissue_ml"].items()}
    both = expected & found
    correlation = np.corrcoef(preproc.data[both], template["T1w"].data[both])[0, 1] if both.sum() > 10 else 0.0
    return {
        "mask_dice": 2 * both.sum() / max(expected.sum() + found.sum(), 1),
        "template_correlation": float(np.nan_to_num(correlation)),
        "jacobian_min": float(jacobian.data[expected].min()),
        "jacobian_max": float(jacobian.data[expected].max()),
        "jacobian_nonpositive": float((jacobian.data[expected] <= 0).mean()),
        "tiv_ml": volumes["tiv_ml"],
        **shares,
    }


def judge(measures: dict[str, float], limits: dict[str, list[float]]) -> list[str]:
    """One sentence for every measure outside its `[low, high]` in `limits`."""
    return [
        f"{name} is {measures[name]:.3g}, expected {low:g} to {high:g}"
        for name, (low, high) in limits.items()
        if not low <= measures[name] <= high
    ]


def draw(path: Path, aligned: dict[str, Volume], native: dict[str, Volume]) -> None:
    """Three planes of two rows: the aligned scan with its mask (orange) and the template's (green), and the native
    scan with its mask (orange), GM (blue) and WM (purple). Each of `aligned` and `native` begins with the image."""
    import matplotlib

    matplotlib.use("agg")
    from matplotlib import pyplot as plt

    figure, axes = plt.subplots(2, 3, figsize=(7.2, 5), facecolor="black", layout="compressed")
    for row, volumes, colours in zip(axes, (aligned, native), (COLOURS[:2], COLOURS[:1] + COLOURS[2:]), strict=True):
        for plane, axis in enumerate(row):
            image, *outlines = cut(list(volumes.values()), plane)
            axis.imshow(image.T, cmap="gray", origin="lower", vmin=0, vmax=max(np.percentile(image, 99.5), 1e-6))
            for outline, colour in zip(outlines, colours, strict=True):
                if outline.max() > 0.5 > outline.min():
                    axis.contour(outline.T, [0.5], colors=[colour], linewidths=0.8)
            axis.set_axis_off()
    with replacing(path) as temporary:
        figure.savefig(temporary, dpi=80, facecolor="black", format="png", metadata={"Software": None})
    plt.close(figure)


def cut(volumes: list[Volume], plane: int) -> list[np.ndarray]:
    """One plane (0 sagittal, 1 coronal, 2 axial) through the middle of the brain, the same for all `volumes`.

    The second volume is the brain mask. The plane lies along world axes, so that scans of every orientation look alike.
    """
    mask = volumes[1]
    brain = transform(mask.affine, np.argwhere(mask.data > 0.5).T.astype(np.float32))
    if brain.size == 0:
        brain = mask.grid.points().reshape(3, -1)
    spacing = max(float(mask.voxel_mm.min()), 1.0)
    axes = [
        np.arange(low - 15, high + 15, spacing) for low, high in zip(brain.min(axis=1), brain.max(axis=1), strict=True)
    ]
    axes[plane] = brain.mean(axis=1)[plane : plane + 1]
    points = np.stack(np.meshgrid(*axes, indexing="ij")).astype(np.float32)
    return [volume.at(points).squeeze(axis=plane) for volume in volumes]


def check(
    preproc: Path,
    corrected: Path,
    mask: Path,
    gm: Path,
    wm: Path,
    jacobian: Path,
    affine: Path,
    warp: Path,
    volumes: Path,
    reference: Path,
    verdict: Path,
    picture: Path,
    limits: dict,
) -> None:
    """Write the measures with a verdict (`pass` or `fail` and why), and the picture."""
    aligned, change = load(preproc), load(jacobian)
    template = {name: load(reference / f"{name}.nii.gz") for name in ("T1w", "mask")}
    native = {"T1w": load(corrected), "mask": load(mask), "GM": load(gm), "WM": load(wm)}
    points = load_mapping(affine, warp).to_scan(aligned.grid.points())
    brain = native["mask"].antialiased(float(aligned.voxel_mm[0])).at(points)
    measures = measure(aligned, change, brain, template, read_json(volumes))
    reasons = judge(measures, limits)
    carried = {"T1w": aligned, "mask": aligned.like(brain), "template": template["mask"]}
    draw(picture, carried, native)
    rounded = {name: round(float(value), 5) for name, value in measures.items()}
    write_json(verdict, {"verdict": "fail" if reasons else "pass", "reasons": reasons, "measures": rounded})
    print(rounded, reasons)


if __name__ == "__main__":
    step.run(check)
