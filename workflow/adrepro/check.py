"""Quality control of one preprocessed scan: measures, a verdict, and a picture to look at."""

from pathlib import Path

import numpy as np

from . import step
from .files import read_json, replacing, write_json
from .mapping import load_mapping
from .volumes import Volume, load


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


def draw(path: Path, preproc: Volume, brain: np.ndarray, template_mask: Volume, native: dict[str, Volume]) -> None:
    """Three planes: aligned scan with the template's brain outline (green), native scan with mask, GM and WM."""
    import matplotlib

    matplotlib.use("agg")
    from matplotlib import pyplot as plt

    figure, axes = plt.subplots(2, 3, figsize=(7.2, 5), facecolor="black", layout="constrained")
    straight = _upright(native)
    rows = [
        (preproc, [(Volume(brain, preproc.affine), "#e69f00"), (template_mask, "#009e73")]),
        (straight["T1w"], [(straight["mask"], "#e69f00"), (straight["GM"], "#56b4e9"), (straight["WM"], "#cc79a7")]),
    ]
    for row, (image, outlines) in zip(axes, rows, strict=True):
        centre = [int(c) for c in np.argwhere(outlines[0][0].data > 0.5).mean(axis=0)]
        for plane, axis in enumerate(row):
            cut = tuple(centre[i] if i == plane else slice(None) for i in range(3))
            top = np.percentile(image.data, 99.5)
            axis.imshow(image.data[cut].T, cmap="gray", origin="lower", vmin=0, vmax=top, interpolation="nearest")
            for outline, colour in outlines:
                if outline.data[cut].max() > 0.5:
                    axis.contour(outline.data[cut].T, [0.5], colors=[colour], linewidths=0.8)
            axis.set_axis_off()
    with replacing(path) as temporary:
        figure.savefig(temporary, dpi=80, facecolor="black", format="png", metadata={"Software": None})
    plt.close(figure)


def _upright(native: dict[str, Volume]) -> dict[str, Volume]:
    """The native maps on one isotropic RAS+ grid, so that pictures of every orientation look alike."""
    from .segment import bounding_box

    mask = native["mask"]
    corners = np.array(
        [[s.start, min(s.stop, n) - 1] for s, n in zip(bounding_box(mask.data > 0.5, 8), mask.data.shape, strict=True)]
    )
    points = np.array(np.meshgrid(*corners)).reshape(3, -1)
    world = mask.affine[:3, :3] @ points + mask.affine[:3, 3:]
    from .grids import Grid

    spacing = max(float(mask.voxel_mm.min()), 1.5)
    affine = np.diag([spacing] * 3 + [1.0])
    affine[:3, 3] = world.min(axis=1)
    shape = np.ceil((world.max(axis=1) - world.min(axis=1)) / spacing).astype(int) + 1
    grid = Grid(tuple(int(n) for n in shape), affine)
    return {name: Volume(volume.at(grid.points()), affine) for name, volume in native.items()}


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
    draw(picture, aligned, brain, template["mask"], native)
    rounded = {name: round(float(value), 5) for name, value in measures.items()}
    write_json(verdict, {"verdict": "fail" if reasons else "pass", "reasons": reasons, "measures": rounded})
    print(rounded, reasons)


if __name__ == "__main__":
    step.run(check)
