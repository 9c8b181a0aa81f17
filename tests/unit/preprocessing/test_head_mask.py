import numpy as np

from adrepro.imaging.volumes import Volume
from adrepro.preprocessing.head_mask import background_level, find_head


def test_a_background_that_is_not_zero_is_taken_off():
    rng = np.random.default_rng(0)
    data = np.hypot(rng.normal(0, 8, (40, 40, 40)), rng.normal(0, 8, (40, 40, 40))) + 100
    data[10:30, 10:30, 10:30] += 90
    noisy = Volume(data.astype(np.float32), np.diag([5.0, 5, 5, 1]))
    level = background_level(noisy, stripped=False)
    assert 100 <= level < 112
    head = find_head(noisy.like(np.maximum(noisy.data - level, 0)))
    assert head[12:28, 12:28, 12:28].all() and head.sum() < 1.2 * 20**3
    stripped = Volume(np.where(head, 300.0, -5.0), noisy.affine)
    assert background_level(stripped, stripped=True) == -5


def test_the_head_is_one_part_without_holes():
    data = np.zeros((40, 40, 40), dtype=np.float32)
    data[10:30, 10:30, 10:30] = 100
    data[18:22, 18:22, 18:22] = 0
    data[2, 2, 2] = 100
    head = find_head(Volume(data, np.diag([5.0, 5, 5, 1])))
    assert head[20, 20, 20] and not head[2, 2, 2]
