"""Forest plots: paired differences between approaches, and subgroups of people."""

import numpy as np
import pandas as pd
from matplotlib import pyplot as plt

from adrepro.report.figure_style import COLOURS, GREY, INK, to_svg

METRICS = {"balanced_accuracy": "balanced accuracy", "auc": "AUC"}


def difference_figure(rows: pd.DataFrame, names: dict[str, str], name: str, simulated: bool) -> str:
    """Paired differences in balanced accuracy and AUC, a line per pair.

    `rows` has `metric approach_a approach_b difference low high advantage`.
    """
    pairs = rows[["approach_a", "approach_b"]].drop_duplicates().reset_index(drop=True)
    figure, axes = plt.subplots(1, 2, sharey=True, figsize=(8.2, 1.0 + 0.27 * len(pairs)), layout="constrained")
    y = np.arange(len(pairs))[::-1]
    for axis, (metric, words) in zip(axes, METRICS.items(), strict=True):
        own = pairs.merge(rows[rows["metric"] == metric], on=["approach_a", "approach_b"], how="left")
        for position, row in zip(y, own.itertuples(), strict=True):
            shown = row.advantage in ("a", "b")
            colour = COLOURS[0] if shown else GREY
            axis.plot([row.low, row.high], [position] * 2, color=colour, linewidth=2)
            axis.plot(row.difference, position, "o" if shown else "s", color=colour, markersize=5)
        axis.axvline(0, color=INK, linewidth=0.8)
        axis.set(xlabel=f"difference in {words}", ylim=(-0.7, len(pairs) - 0.3))
    axes[0].set_yticks(y, [f"{names[r.approach_a]} − {names[r.approach_b]}" for r in pairs.itertuples()])
    return to_svg(figure, f"differences/{name}", simulated)


def subgroup_figure(rows: pd.DataFrame, whole: float, title: str, name: str, simulated: bool) -> str:
    """Balanced accuracy of one approach in subgroups; the dashed line is everybody's (`whole`).

    `rows` has `variable group value low high n_positive n_negative`.
    """
    figure, axis = plt.subplots(figsize=(3.9, 1.0 + 0.24 * len(rows)), layout="constrained")
    y = np.arange(len(rows))[::-1]
    for position, row in zip(y, rows.itertuples(), strict=True):
        axis.plot([row.low, row.high], [position] * 2, color=COLOURS[0], linewidth=2)
        axis.plot(row.value, position, "o", color=COLOURS[0], markersize=5)
    axis.axvline(whole, color=INK, linewidth=0.8, linestyle="--")
    labels = [
        f"{r.variable.replace('_', ' ')}: {r.group} ({int(r.n_positive)} / {int(r.n_negative)})"
        for r in rows.itertuples()
    ]
    axis.set_yticks(y, labels)
    axis.set(xlim=(-0.02, 1.02), ylim=(-0.7, len(rows) - 0.3), xlabel="balanced accuracy", title=title)
    return to_svg(figure, f"subgroups/{name}", simulated)
