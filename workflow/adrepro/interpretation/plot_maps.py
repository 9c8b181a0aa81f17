"""Figures of maps on the template brain, by nilearn."""

import gc
from pathlib import Path

import matplotlib

matplotlib.use("agg")

import nibabel as nib  # noqa: E402
import numpy as np  # noqa: E402
from matplotlib import pyplot as plt  # noqa: E402
from nilearn import plotting  # noqa: E402

from adrepro.core.files import replacing  # noqa: E402

CUTS = (-18, -8, 4)  # z in mm, axial: hippocampi, midbrain and ventricles
OPACITY = 0.6  # of the map, so that the anatomy stays visible
HIGHEST = 99.5  # percentile of the map with the full color


def draw_maps(maps: dict[str, Path], background: Path, out: Path, simulated: bool, across: int) -> None:
    """Plot axial slices of each map over the template brain.

    Parameters
    ----------
    maps : dict of str to Path
        Maps in template space (NIfTI) by title.
    background : Path
        Template T1w.
    out : Path
        JPEG to write.
    simulated : bool
        Whether to mark the titles as simulated data.
    across : int
        Maps per row.
    """
    down = -(-len(maps) // across)
    figure = plt.figure(figsize=(4.6 * across, 1.9 * down), facecolor="black")
    reference = nib.Nifti1Image.from_filename(background)
    gc.freeze()  # nilearn runs the garbage collector for every image: slow beside the objects of torch
    for number, (title, path) in enumerate(maps.items()):
        image = nib.Nifti1Image.from_filename(path)
        data = np.nan_to_num(np.asarray(image.dataobj))
        strength = np.abs(data[data != 0])
        highest = float(np.percentile(strength, HIGHEST)) if len(strength) else 1.0
        left, bottom = (number % across) / across, 1 - (number // across + 1) / down
        display = plotting.plot_stat_map(
            nib.Nifti1Image(data.astype(np.float32), image.affine), bg_img=reference, display_mode="z", cut_coords=CUTS,
            figure=figure, axes=(left, bottom + 0.04 / down, 1 / across, 0.82 / down), colorbar=False, annotate=False,
            threshold=highest * 0.15, vmax=highest, symmetric_cbar=True, cmap="coolwarm", black_bg=True,
            resampling_interpolation="nearest", transparency=OPACITY,
        )  # fmt: skip
        display.annotate(size=7, left_right=number % across == 0)
        mark = " (simulated data)" if simulated else ""
        figure.text(left + 0.01, bottom + 0.9 / down, title + mark, color="white", fontsize=8)
    with replacing(out) as temporary:
        figure.savefig(temporary, dpi=100, facecolor="black", pil_kwargs={"quality": 85})
    plt.close(figure)
    gc.unfreeze()
