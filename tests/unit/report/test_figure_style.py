from matplotlib import pyplot as plt

from adrepro.report.figure_style import style, to_svg

NASTY = "<script>alert(1)</script> & $\\frac{ --> $x_1$"


def test_names_from_data_are_text_in_figures():
    with style(9):
        figure, axes = plt.subplots()
        axes.plot([0, 1], label=NASTY)
        axes.set_title(NASTY)
        axes.set_yticks([0], [NASTY])
        axes.legend()
        svg = to_svg(figure, "nasty", simulated=False)
    assert "<script" not in svg and "&lt;script&gt;" in svg and "$x_1$" in svg and "<!--" not in svg
