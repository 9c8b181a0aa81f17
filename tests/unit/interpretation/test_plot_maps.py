import numpy as np
from PIL import Image

from adrepro.imaging.grids import study_grid
from adrepro.imaging.volumes import Volume, save
from adrepro.interpretation.plot_maps import draw_maps


def test_maps_are_plotted_in_rows_and_empty_ones_too(tmp_path):
    grid = study_grid(4)
    values = np.random.default_rng(0).normal(size=grid.shape).astype(np.float32)
    paths = {}
    for title, data in (("one", values), ("empty", np.zeros_like(values)), ("missing", np.full_like(values, np.nan))):
        paths[title] = tmp_path / f"{title}.nii.gz"
        save(paths[title], Volume(data, grid.affine))
    sizes = {}
    for across in (1, 2):
        out = tmp_path / f"{across}.jpg"
        draw_maps(paths, paths["one"], out, True, across)
        sizes[across] = Image.open(out).size
    assert sizes == {1: (460, 570), 2: (920, 380)}
