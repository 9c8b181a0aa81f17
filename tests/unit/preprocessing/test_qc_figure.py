import numpy as np

from adrepro.imaging.volumes import Volume
from adrepro.preprocessing.qc_figure import GREEN, ORANGE, borders, cut, draw


def test_borders_lie_between_labels():
    assert borders(np.array([[0, 1, 1, 2, 2, 0]] * 3))[1].tolist() == [0, 0, 0, 1, 0, 0]


def test_planes_of_scans_of_every_orientation_look_alike(maps):
    mask = maps["mask"]
    order = (2, 0, 1)
    turned = Volume(mask.data.transpose(order), mask.affine[:, [*order, 3]])
    for plane in range(3):
        (one,), (other,) = cut({"mask": mask}, plane), cut({"mask": turned}, plane)
        np.testing.assert_allclose(one, other, atol=1e-3)


def test_a_figure_of_an_empty_mask_is_drawn_too(maps, tmp_path):
    empty = maps["mask"].like(0 * maps["mask"].data)
    labels = empty.like((maps["GM"].data > 0.5).astype(np.int16))
    draw(tmp_path / "figure.jpg", [{"T1w": maps["T1w"], "mask": empty, "regions": labels}], [(ORANGE, GREEN)])
    assert (tmp_path / "figure.jpg").read_bytes()[:2] == b"\xff\xd8"
