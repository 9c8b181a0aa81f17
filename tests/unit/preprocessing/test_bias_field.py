import numpy as np

from adrepro.imaging.grids import study_grid
from adrepro.preprocessing.bias_field import estimate_bias


def test_a_smooth_field_is_found(maps):
    image = maps["mask"].on(study_grid(8))
    brain = image.data > 0.5
    field = np.exp(image.grid.points()[1] / 150)
    flat = image.like(np.where(brain, 100.0, 0) + np.random.default_rng(0).normal(0, 1, brain.shape))
    found = estimate_bias(flat.like(flat.data * field), brain, [20, 20], 150)
    assert np.corrcoef(found.data[brain], field[brain])[0, 1] > 0.95 and (found.data > 0).all()
