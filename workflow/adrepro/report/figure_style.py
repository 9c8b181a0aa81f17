"""How figures of the report look, and how they become inline SVG: the same bytes each time, in light and dark."""

import io
import re
from collections.abc import Iterator
from contextlib import contextmanager

import matplotlib

matplotlib.use("svg")

from matplotlib import pyplot as plt  # noqa: E402
from matplotlib.figure import Figure  # noqa: E402

# Okabe and Ito's colours, told apart by colour-blind readers; dashes and markers tell them apart in greyscale.
INK = "#010101"  # becomes the colour of the page's text
COLOURS = ("#0072b2", "#d55e00", "#009e73", "#cc79a7", INK, "#56b4e9", "#e69f00")
DASHES = ("-", "--", "-.", ":", (0, (5, 1, 1, 1, 1, 1)), (0, (1, 1)), (0, (8, 2)))
GREY = "#808080"
SIMULATED = "#c0503a"


@contextmanager
def style(font_size: float) -> Iterator[None]:
    """Settings of matplotlib for a figure of the report."""
    settings = {
        "svg.fonttype": "none",
        "text.parse_math": False,  # a dollar sign in a name from data is one
        "font.family": "sans-serif",
        "font.size": font_size,
        "axes.titlesize": font_size,
        "axes.spines.top": False,
        "axes.spines.right": False,
        "figure.facecolor": "none",
        "axes.facecolor": "none",
        "legend.framealpha": 0,
        "legend.edgecolor": "none",
        "legend.fontsize": font_size - 1,
    }
    inks = ("text.color", "axes.labelcolor", "axes.edgecolor", "xtick.color", "ytick.color", "axes.titlecolor")
    with plt.rc_context(settings | dict.fromkeys(inks, INK)):
        yield


def to_svg(figure: Figure, name: str, simulated: bool) -> str:
    """The figure as an `<svg>` element without date or creator, marked where its data are `simulated`.

    `name` is unique in a page and keeps names inside the element apart from those of others.
    """
    if simulated:
        figure.suptitle("simulated data", x=0.99, ha="right", fontsize="small", color=SIMULATED)
    buffer = io.StringIO()
    with plt.rc_context({"svg.hashsalt": name, "svg.fonttype": "none"}):
        figure.savefig(buffer, format="svg", metadata={"Date": None, "Creator": None})
    plt.close(figure)
    text = buffer.getvalue()
    text = text[text.index("<svg") :].replace(INK, "currentColor")
    used = set(re.findall(r'(?:url\(#|href="#)([^")]+)', text))
    text = re.sub(r' id="([^"]+)"', lambda found: found[0] if found[1] in used else "", text)
    text = re.sub(r'<g>\s*<path d="[^"]*" style="fill: none[^"]*opacity: 0"/>\s*</g>\s*', "", text)
    return re.sub(r"\n\s*", "\n", re.sub(r"<metadata>.*?</metadata>|<!--.*?-->", "", text, flags=re.DOTALL))
