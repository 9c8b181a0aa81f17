from adrepro.preprocessing.derivatives.volume_figure import draw_volumes


def test_regions_of_one_side_and_of_none_are_drawn_too(tmp_path):
    volumes = {"Left insula": 6.5, "Right insula": 6.25, "Left amygdala": 1.5, "Third ventricle": 0.75}
    draw_volumes(tmp_path / "figure.jpg", volumes)
    assert (tmp_path / "figure.jpg").read_bytes()[:2] == b"\xff\xd8"
