"""QC figure of one scan: three planes through the hippocampi with masks, tissues and regions."""

from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from adrepro.core.files import replacing
from adrepro.imaging.grids import apply_affine
from adrepro.imaging.spatial_transform import SpatialTransform
from adrepro.imaging.volumes import Volume

ORANGE, GREEN, BLUE, PURPLE, RED = "#e69f00", "#009e73", "#56b4e9", "#cc79a7", "#ff3b30"
HIPPOCAMPUS_MM = (-27.0, -22.0, -16.0)  # body of the left hippocampus in template space
FIELD_MM = ((-88, 88), (-122, 92), (-76, 100))  # field of view in template space: the head around the brain
FULL_CHANGE = 0.1  # of a logarithm of volume
PANEL_INCHES = 4.0
GOLDEN_RATIO, OPACITY = 0.618034, 0.4  # steps of hue between labels, and of their tint


@dataclass(frozen=True)
class View:
    """Three planes of the template's axes through a point.

    Attributes
    ----------
    center : tuple of float
        Point in template space, mm.
    affine : ndarray, shape (4, 4)
        From template space to the space of the images.
    """

    center: tuple[float, float, float]
    affine: np.ndarray = field(default_factory=lambda: np.eye(4))

    @classmethod
    def of_scan(cls, center: tuple[float, float, float], transform: SpatialTransform) -> "View":
        """Return the view of a scan through the point that a warp maps to a point of the template.

        Parameters
        ----------
        center : tuple of float
            Point in template space, mm.
        transform : SpatialTransform
            Transform between template space and the scan.
        """
        native = transform.to_native(np.array(center, dtype=np.float32).reshape(3, 1))
        x, y, z = apply_affine(np.linalg.inv(transform.affine), native)[:, 0]
        return cls((float(x), float(y), float(z)), transform.affine)

    def points(self, plane: int, spacing_mm: float) -> np.ndarray:
        """Return the points (3, U, V) of a plane in the space of the images, mm.

        Parameters
        ----------
        plane : int
            0 for sagittal, 1 for coronal, 2 for axial.
        spacing_mm : float
            Distance of the points.
        """
        axes = [np.arange(low, high, spacing_mm, dtype=np.float32) for low, high in FIELD_MM]
        axes[plane] = np.array([self.center[plane]], dtype=np.float32)
        return apply_affine(self.affine, np.stack(np.meshgrid(*axes, indexing="ij")).squeeze(axis=plane + 1))


@dataclass(frozen=True)
class Row:
    """One row of the figure.

    Attributes
    ----------
    image : Volume
        Image to show.
    view : View
        Planes to show.
    outlines : dict of str to Volume
        Maps to outline at one half, by color.
    regions : Volume, optional
        Label image, whose regions are tinted.
    change : Volume, optional
        Logarithm of a change of volume: blue is loss, red is gain, in full color at `FULL_CHANGE`.
    """

    image: Volume
    view: View
    outlines: dict[str, Volume] = field(default_factory=dict)
    regions: Volume | None = None
    change: Volume | None = None


def draw(path: Path, rows: list[Row]) -> None:
    """Write the QC figure: a sagittal, a coronal and an axial plane per row, at the voxel size of the image.

    Parameters
    ----------
    path : Path
        JPEG to write.
    rows : list of Row
        Images with their outlines.
    """
    import matplotlib

    matplotlib.use("agg")
    from matplotlib import pyplot as plt

    size = (3 * PANEL_INCHES, PANEL_INCHES * len(rows))
    figure, axes = plt.subplots(len(rows), 3, figsize=size, facecolor="black", layout="compressed", squeeze=False)
    for axis_row, row in zip(axes, rows, strict=True):
        spacing = float(np.clip(row.image.voxel_mm.min(), 0.7, 2))
        for plane, axis in enumerate(axis_row):
            points = row.view.points(plane, spacing)
            image = row.image.at(points)
            axis.imshow(image.T, cmap="gray", origin="lower", vmin=0, vmax=max(np.percentile(image, 99.7), 1e-6))
            if row.regions is not None:
                axis.imshow(tints(row.regions.at(points, order=0).T), origin="lower", interpolation="nearest")
            if row.change is not None:
                change = row.change.at(points).T / FULL_CHANGE
                opacity = np.clip(np.abs(change), 0, 1) * 0.8
                axis.imshow(change, cmap="RdBu_r", vmin=-1, vmax=1, alpha=opacity, origin="lower")
            for color, volume in row.outlines.items():
                edges = volume.at(points)
                if edges.max() > 0.5 > edges.min():
                    axis.contour(edges.T, [0.5], colors=[color], linewidths=0.8)
            axis.set_axis_off()
    with replacing(path) as temporary:
        figure.savefig(
            temporary,
            dpi=100,
            facecolor="black",
            format="jpg",
            bbox_inches="tight",
            pad_inches=0.05,
            pil_kwargs={"quality": 80},
        )
    plt.close(figure)


def tints(labels: np.ndarray) -> np.ndarray:
    """Return a translucent color for every pixel of a label image.

    Parameters
    ----------
    labels : ndarray, shape (X, Y)
        Region of each pixel, 0 for background.

    Returns
    -------
    ndarray, shape (X, Y, 4)
        Red, green, blue and opacity, 0 to 1; neighboring labels have different hues.
    """
    from matplotlib.colors import hsv_to_rgb

    hues = labels * GOLDEN_RATIO % 1
    colors = hsv_to_rgb(np.stack([hues, np.full_like(hues, 0.8), np.ones_like(hues)], axis=-1))
    return np.concatenate([colors, OPACITY * (labels > 0)[..., None]], axis=-1)
