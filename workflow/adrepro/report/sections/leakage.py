"""Distribution of the similarity of all pairs of scans, for the section on leakage checks."""

from pathlib import Path

from matplotlib import pyplot as plt
from matplotlib.ticker import NullFormatter

from adrepro.core.tables import read_table
from adrepro.report.figure_style import COLORS, GRAY, INK, to_svg

COLUMNS = ("low", "high", "different", "same", "threshold")


def similarity_figure(path: Path, simulated: bool) -> str:
    """Draw the number of pairs of scans by similarity, with the threshold from which they show one head.

    Parameters
    ----------
    path : Path
        TSV of the checks before training: `low high different same threshold`.
    simulated : bool
        Whether the data are simulated.

    Returns
    -------
    str
        SVG element; empty if no pairs were compared.
    """
    table = read_table(path, COLUMNS) if path.exists() else None
    if table is None or table.empty:
        return ""
    threshold = table["threshold"].iloc[0]
    figure, axis = plt.subplots(figsize=(7.6, 2.4), layout="constrained")
    width = table["high"] - table["low"]
    series = (("different", "scans of two participants", GRAY), ("same", "scans of one participant", COLORS[0]))
    for name, label, color in series:
        if table[name].any():
            total = int(table[name].sum())
            axis.bar(table["low"], table[name], width, align="edge", color=color, label=f"{label} ({total:,} pairs)")
    axis.axvline(threshold, color=INK, linewidth=1, linestyle="--", label=f"threshold ({threshold:.2f})")
    axis.set(xlabel="correlation of individual anatomy", ylabel="pairs", yscale="log", ylim=(0.6, None))
    shown = table.loc[table[["different", "same"]].any(axis=1), "low"]
    axis.set_xlim(shown.min() - 0.05, 1.02)
    axis.yaxis.set_major_formatter("{x:,g}")  # the default writes powers as formulas, which the style does not parse
    axis.yaxis.set_minor_formatter(NullFormatter())
    axis.legend(loc="center left", bbox_to_anchor=(1.02, 0.5))
    return to_svg(figure, "similarity", simulated)
