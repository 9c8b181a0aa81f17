"""QC figure of one scan: three planes with outlines of masks, tissues and regions."""

from pathlib import Path

import numpy as np
from scipy import ndimage

from adrepro.core.files import replacing
from adrepro.imaging.grids import apply_affine
from adrepro.imaging.volumes import Volume

ORANGE, GREEN, BLUE, PURPLE, YELLOW = "#e69f00", "#009e73", "#56b4e9", "#cc79a7", "#f0e442"
MARGIN_MM = 15  # around the brain


def draw(path: Path, rows: list[dict[str, Volume]], colors: list[tuple[str, ...]]) -> None:
    """Write the QC figure: a sagittal, a coronal and an axial plane per row.

    Parameters
    ----------
    path : Path
        JPEG to write.
    rows : list of dict of str to Volume
        Volumes of each row, in one space. The first is the image; the others are outlined. `mask` is the brain mask,
        through whose center the planes go. Integer volumes are label images, outlined at each of their borders.
    colors : list of tuple of str
        Colors of the outlines of each row.
    """
    import matplotlib

    matplotlib.use("agg")
    from matplotlib import pyplot as plt

    figure, axes = plt.subplots(
        len(rows), 3, figsize=(7.2, 2.5 * len(rows)), facecolor="black", layout="compressed", squeeze=False
    )
    for axis_row, volumes, row_colors in zip(axes, rows, colors, strict=True):
        for plane, axis in enumerate(axis_row):
            image, *outlines = cut(volumes, plane)
            axis.imshow(image.T, cmap="gray", origin="lower", vmin=0, vmax=max(np.percentile(image, 99.5), 1e-6))
            for outline, color in zip(outlines, row_colors, strict=True):
                edges = borders(outline) if outline.max() > 1.5 else outline
                if edges.max() > 0.5 > edges.min():
                    axis.contour(edges.T, [0.5], colors=[color], linewidths=0.7)
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
    """Return the borders between regions of a label image.

    Parameters
    ----------
    labels : ndarray, shape (X, Y)
        Region of each pixel, 0 for background.

    Returns
    -------
    ndarray of float32, shape (X, Y)
        1 where two regions meet, else 0. Borders of the background are 0.
    """
    high, low = ndimage.maximum_filter(labels, 2), ndimage.minimum_filter(labels, 2)
    return ((high != low) & (low > 0)).astype(np.float32)


def cut(volumes: dict[str, Volume], plane: int) -> list[np.ndarray]:
    """Return one plane through the center of the brain from each volume.

    The plane lies along world axes, so that scans of every orientation look alike.

    Parameters
    ----------
    volumes : dict of str to Volume
        Volumes in one space; `mask` is the brain mask. Integer volumes are sampled by nearest neighbor.
    plane : int
        0 for sagittal, 1 for coronal, 2 for axial.

    Returns
    -------
    list of ndarray, shape (U, V)
        One image per volume, all of the same field of view.
    """
    mask = volumes["mask"]
    brain = apply_affine(mask.affine, np.argwhere(mask.data > 0.5).T.astype(np.float32))
    if brain.size == 0:
        brain = mask.grid.points().reshape(3, -1)
    spacing = max(float(mask.voxel_mm.min()), 1.0)
    axes = [
        np.arange(low - MARGIN_MM, high + MARGIN_MM, spacing)
        for low, high in zip(brain.min(axis=1), brain.max(axis=1), strict=True)
    ]
    axes[plane] = brain.mean(axis=1)[plane : plane + 1]
    points = np.stack(np.meshgrid(*axes, indexing="ij")).astype(np.float32)
    orders = [0 if np.issubdtype(volume.data.dtype, np.integer) else 1 for volume in volumes.values()]
    return [v.at(points, order).squeeze(axis=plane) for v, order in zip(volumes.values(), orders, strict=True)]
