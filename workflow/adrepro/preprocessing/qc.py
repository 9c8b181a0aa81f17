"""Quality control of one preprocessed scan: measures, a verdict, and a picture to look at."""

from pathlib import Path

import numpy as np
from scipy import ndimage

from adrepro.core import step
from adrepro.core.files import read_json, replacing, write_json
from adrepro.imaging.grids import transform
from adrepro.imaging.spatial_transform import Mapping, load_mapping
from adrepro.imaging.volumes import Volume, load
from adrepro.preprocessing.qc_metrics import agreement, contrast, coverage, judge, overlap

ORANGE, GREEN, BLUE, PURPLE, YELLOW = "#e69f00", "#009e73", "#56b4e9", "#cc79a7", "#f0e442"


def measure(
    scan: Volume,
    aligned: Volume,
    brain: np.ndarray,
    jacobian: Volume,
    tissues: dict[str, Volume],
    template: dict[str, Volume],
    mapping: Mapping,
) -> dict[str, float]:
    """Measures of one scan by images; `brain` is its mask carried to the study grid (0 to 1)."""
    expected, found = template["mask"].data > 0.5, brain > 0.5
    ml = {name: float(v.data.sum(dtype=np.float64)) * v.grid.voxel_ml for name, v in tissues.items()}
    brain_points = aligned.grid.points()[:, expected]
    return {
        "mask_dice": overlap(expected, found),
        **agreement(aligned.data, template["T1w"].data, expected & found),
        "coverage": coverage(scan, mapping.to_scan(brain_points)),
        "jacobian_min": float(jacobian.data[expected].min()),
        "jacobian_max": float(jacobian.data[expected].max()),
        "jacobian_nonpositive": float((jacobian.data[expected] <= 0).mean()),
        "contrast_to_noise": contrast(scan.data, tissues["GM"].data, tissues["WM"].data),
        "tiv_ml": sum(ml.values()),
        **{f"{name.lower()}_fraction": value / max(sum(ml.values()), 1e-6) for name, value in ml.items()},
    }


def draw(path: Path, rows: list[dict[str, Volume]], colours: list[tuple[str, ...]]) -> None:
    """Three planes of each row as a JPEG: the first volume of a row is the image, the second its brain mask, and all
    but the first are outlined in the row's `colours`; labels are outlined at each of their borders."""
    import matplotlib

    matplotlib.use("agg")
    from matplotlib import pyplot as plt

    figure, axes = plt.subplots(
        len(rows), 3, figsize=(7.2, 2.5 * len(rows)), facecolor="black", layout="compressed", squeeze=False
    )
    for axis_row, volumes, row_colours in zip(axes, rows, colours, strict=True):
        for plane, axis in enumerate(axis_row):
            image, *outlines = cut(volumes, plane)
            axis.imshow(image.T, cmap="gray", origin="lower", vmin=0, vmax=max(np.percentile(image, 99.5), 1e-6))
            for outline, colour in zip(outlines, row_colours, strict=True):
                edges = borders(outline) if outline.max() > 1.5 else outline
                if edges.max() > 0.5 > edges.min():
                    axis.contour(edges.T, [0.5], colors=[colour], linewidths=0.7)
            axis.set_axis_off()
    with replacing(path) as temporary:
        figure.savefig(
            temporary,
            dpi=90,
            facecolor="black",
            format="jpg",
            bbox_inches="tight",
            pad_inches=0.05,
            pil_kwargs={"quality": 75},
        )
    plt.close(figure)


def borders(labels: np.ndarray) -> np.ndarray:
    """1 where two labels of a label image meet, else 0; its background is no label."""
    high, low = ndimage.maximum_filter(labels, 2), ndimage.minimum_filter(labels, 2)
    return ((high != low) & (low > 0)).astype(np.float32)


def cut(volumes: dict[str, Volume], plane: int) -> list[np.ndarray]:
    """One plane (0 sagittal, 1 coronal, 2 axial) through the middle of the brain, the same for all `volumes`.

    `mask` is the brain mask; integers are labels. The plane lies along world axes, so that scans of every orientation
    look alike.
    """
    mask = volumes["mask"]
    brain = transform(mask.affine, np.argwhere(mask.data > 0.5).T.astype(np.float32))
    if brain.size == 0:
        brain = mask.grid.points().reshape(3, -1)
    spacing = max(float(mask.voxel_mm.min()), 1.0)
    axes = [
        np.arange(low - 15, high + 15, spacing) for low, high in zip(brain.min(axis=1), brain.max(axis=1), strict=True)
    ]
    axes[plane] = brain.mean(axis=1)[plane : plane + 1]
    points = np.stack(np.meshgrid(*axes, indexing="ij")).astype(np.float32)
    orders = [0 if np.issubdtype(volume.data.dtype, np.integer) else 1 for volume in volumes.values()]
    return [v.at(points, order).squeeze(axis=plane) for v, order in zip(volumes.values(), orders, strict=True)]


def check(
    preproc: Path,
    corrected: Path,
    mask: Path,
    gm: Path,
    wm: Path,
    csf: Path,
    regions: Path,
    jacobian: Path,
    affine: Path,
    warp: Path,
    reference: Path,
    verdict: Path,
    picture: Path,
    limits: dict,
) -> None:
    """Write the measures with a verdict (`pass` or `fail` and why), and the picture."""
    aligned, scan, brain = load(preproc), load(corrected), load(mask)
    template = {name: load(reference / f"{name}.nii.gz") for name in ("T1w", "mask")}
    tissues = {name: load(path) for name, path in (("CSF", csf), ("GM", gm), ("WM", wm))}
    mapping = load_mapping(affine, warp)
    carried = brain.antialiased(float(aligned.voxel_mm[0])).at(mapping.to_scan(aligned.grid.points()))
    measures = measure(scan, aligned, carried, load(jacobian), tissues, template, mapping)
    measures["bias_strength"] = read_json(affine)["bias_strength"]
    reasons = judge(measures, limits)
    labels = scan.like(load(regions).data.astype(np.int16))
    rows = [
        {"T1w": aligned, "mask": aligned.like(carried), "template": template["mask"]},
        {"T1w": scan, "mask": brain, "GM": tissues["GM"], "WM": tissues["WM"]},
        {"T1w": scan, "mask": brain, "regions": labels},
    ]
    draw(picture, rows, [(ORANGE, GREEN), (ORANGE, BLUE, PURPLE), (ORANGE, YELLOW)])
    rounded = {name: round(float(value), 5) for name, value in measures.items()}
    write_json(verdict, {"verdict": "fail" if reasons else "pass", "reasons": reasons, "measures": rounded})
    print(rounded, reasons)


if __name__ == "__main__":
    step.run(check)
