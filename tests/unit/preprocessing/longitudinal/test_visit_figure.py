import numpy as np
from PIL import Image

from adrepro.imaging.spatial_transform import SpatialTransform
from adrepro.preprocessing.longitudinal.visit_figure import draw_visits


def test_loss_is_blue_and_gain_is_red(maps, tmp_path):
    shape, x = maps["GM"].data.shape, maps["GM"].grid.points()[0]
    first, last = np.ones(shape, dtype=np.float32), np.where(x < 0, 0.85, 1.15).astype(np.float32)
    image = maps["T1w"]
    draw_visits(tmp_path / "a.jpg", image, image, maps, first, last, SpatialTransform(np.eye(4)))
    pixels = np.asarray(Image.open(tmp_path / "a.jpg").convert("RGB")).astype(int)
    third = pixels[2 * pixels.shape[0] // 3 :, pixels.shape[1] // 3 : 2 * pixels.shape[1] // 3]
    left, right = third[:, : third.shape[1] // 2], third[:, third.shape[1] // 2 :]
    assert (left[..., 2] - left[..., 0]).mean() > 10 and (right[..., 0] - right[..., 2]).mean() > 10
