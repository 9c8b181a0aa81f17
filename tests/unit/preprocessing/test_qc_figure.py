import numpy as np
import pytest

from adrepro.imaging.spatial_transform import SpatialTransform
from adrepro.imaging.volumes import Volume
from adrepro.preprocessing.qc_figure import HIPPOCAMPUS_MM, ORANGE, Row, View, draw, tints


def test_regions_have_their_own_tint_and_the_background_has_none():
    found = tints(np.array([[0.0, 1, 2, 2]]))
    assert found[0, :, 3].tolist() == [0, 0.4, 0.4, 0.4]
    assert np.abs(found[0, 1] - found[0, 2]).max() > 0.3 and (found[0, 2] == found[0, 3]).all()


def test_planes_of_scans_of_every_position_look_alike(maps):
    mask, turn = maps["mask"], np.array([[0, -1, 0, 30], [1, 0, 0, -9], [0, 0, 1, 4.0], [0, 0, 0, 1]])
    moved = Volume(mask.data, turn @ mask.affine)
    view = View.of_scan(HIPPOCAMPUS_MM, SpatialTransform(turn))
    assert view.center == pytest.approx(HIPPOCAMPUS_MM)
    for plane in range(3):
        there, here = view.points(plane, 4), View(HIPPOCAMPUS_MM).points(plane, 4)
        np.testing.assert_allclose(moved.at(there), mask.at(here), atol=1e-3)


def test_the_planes_follow_the_warp(maps):
    shift = Volume(np.full((*maps["mask"].data.shape, 3), 5, dtype=np.float32), maps["mask"].affine)
    view = View.of_scan((0.0, 0.0, 0.0), SpatialTransform(np.eye(4), shift))
    assert view.center == pytest.approx((5, 5, 5))


def test_a_figure_of_an_empty_mask_is_drawn_too(maps, tmp_path):
    empty = maps["mask"].like(0 * maps["mask"].data)
    labels = empty.like((maps["GM"].data > 0.5).astype(np.int16))
    draw(tmp_path / "figure.jpg", [Row(maps["T1w"], View(HIPPOCAMPUS_MM), {ORANGE: empty}, labels)])
    assert (tmp_path / "figure.jpg").read_bytes()[:2] == b"\xff\xd8"
