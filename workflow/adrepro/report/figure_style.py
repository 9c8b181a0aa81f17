"""Style of the report's figures, and their conversion to inline SVG."""

import io
import re
from collections.abc import Iterator
from contextlib import contextmanager

import matplotlib

matplotlib.use("svg")

from matplotlib import pyplot as plt  # noqa: E402
from matplotlib.figure import Figure  # noqa: E402

# Palette of Okabe and Ito, for color-blind readers; dashes and markers differ too, for print in grayscale.
INK = "#010101"  # replaced by the text color of the page, which may be dark or light
COLORS = ("#0072b2", "#d55e00", "#009e73", "#cc79a7", INK, "#56b4e9", "#e69f00")
DASHES = ("-", "--", "-.", ":", (0, (5, 1, 1, 1, 1, 1)), (0, (1, 1)), (0, (8, 2)))
GRAY = "#808080"
SIMULATED = "#c0503a"


@contextmanager
def style(font_size: float) -> Iterator[None]:
    """Apply the matplotlib style of the report within a `with` block.

    Parameters
    ----------
    font_size : float
        Font size, in points.
    """
    with plt.rc_context():
        plt.rcParams.update({
            "svg.fonttype": "none",
            "text.parse_math": False,  # names from data may contain dollar signs
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
            "text.color": INK,
            "axes.labelcolor": INK,
            "axes.edgecolor": INK,
            "xtick.color": INK,
            "ytick.color": INK,
            "axes.titlecolor": INK,
        })  # fmt: skip
        yield


def to_svg(figure: Figure, name: str, simulated: bool) -> str:
    """Return a figure as an `<svg>` element without date or creator, and close it.

    The same figure always gives the same bytes.

    Parameters
    ----------
    figure : Figure
    name : str
        Name of the figure, unique within a page; it seeds the ids inside the element.
    simulated : bool
        Whether to mark the figure as showing simulated data.

    Returns
    -------
    str
        SVG element whose dark parts have the text color of the page.
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
    text = re.sub(r' id="([^"]+)"', lambda match: match[0] if match[1] in used else "", text)
    text = re.sub(r'<g>\s*<path d="[^"]*" style="fill: none[^"]*opacity: 0"/>\s*</g>\s*', "", text)
    return re.sub(r"\n\s*", "\n", re.sub(r"<metadata>.*?</metadata>|<!--.*?-->", "", text, flags=re.DOTALL))
