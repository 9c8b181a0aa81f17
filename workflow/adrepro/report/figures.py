"""Figures of the comparison report: ROC, precision-recall, calibration and learning curves, and forest plots."""

from collections.abc import Sequence

import numpy as np
import pandas as pd
from matplotlib import pyplot as plt

from adrepro.report.figure_style import COLORS, DASHES, GRAY, INK, to_svg

PANELS = {
    "roc": ("1 − specificity", "sensitivity"),
    "precision_recall": ("recall (sensitivity)", "precision (PPV)"),
    "reliability": ("predicted probability", "fraction of positives"),
}
COMPARED_METRICS = {"balanced_accuracy": "balanced accuracy", "auc": "AUC"}


def roc_figure(curves: pd.DataFrame, auc: dict[str, float], names: dict[str, str], simulated: bool) -> str:
    """Draw the ROC curves of all approaches on one task.

    Parameters
    ----------
    curves : DataFrame
        Rows `task approach curve x y` of the test set.
    auc : dict
        AUC of each approach, in the order of the legend.
    names : dict
        Display names of the approaches.
    simulated : bool
        Whether the data are simulated.

    Returns
    -------
    str
        SVG element.
    """
    figure, axis = plt.subplots(figsize=(7.2, 4.2), layout="constrained")
    axis.plot([0, 1], [0, 1], color=GRAY, linewidth=0.8)
    for number, (approach, area) in enumerate(auc.items()):
        own = curves[(curves["approach"] == approach) & (curves["curve"] == "roc")]
        axis.plot(
            own["x"], own["y"], color=COLORS[number % 7], linestyle=DASHES[number % 7],
            label=f"{names[approach]} ({area:.2f})",
        )  # fmt: skip
    axis.set(
        xlabel="1 − specificity",
        ylabel="sensitivity",
        xlim=(-0.01, 1.01),
        ylim=(-0.01, 1.01),
        aspect="equal",
        anchor="W",
    )
    axis.legend(loc="center left", bbox_to_anchor=(1.02, 0.5), title="ensemble (AUC)")
    return to_svg(figure, f"roc/{'/'.join(curves['task'].unique())}", simulated)


def curve_figure(own: pd.DataFrame, title: str, simulated: bool) -> str:
    """Draw the ROC, precision-recall and calibration curves of one approach on one task, with confidence bands.

    Parameters
    ----------
    own : DataFrame
        Rows `task approach curve x y low high` of the approach.
    title : str
        Display name of the approach.
    simulated : bool
        Whether the data are simulated.

    Returns
    -------
    str
        SVG element.
    """
    figure, axes = plt.subplots(1, 3, figsize=(7.6, 2.7), layout="constrained")
    for axis, (curve, (xlabel, ylabel)) in zip(axes, PANELS.items(), strict=True):
        rows = own[own["curve"] == curve]
        axis.set(xlabel=xlabel, ylabel=ylabel, xlim=(-0.02, 1.02), ylim=(-0.02, 1.02), aspect="equal")
        if curve != "precision_recall":
            axis.plot([0, 1], [0, 1], color=GRAY, linewidth=0.8)
        if curve == "reliability":
            error = [rows["y"] - rows["low"], rows["high"] - rows["y"]]
            axis.errorbar(rows["x"], rows["y"], error, fmt="o", color=COLORS[0], markersize=4, linewidth=1)
            if rows.empty:
                axis.text(0.5, 0.5, "scores are not\nprobabilities", ha="center", va="center")
        else:
            axis.fill_between(rows["x"], rows["low"], rows["high"], color=COLORS[0], alpha=0.2, linewidth=0)
            axis.plot(rows["x"], rows["y"], color=COLORS[0])
    axes[0].set_title(title, loc="left")
    return to_svg(figure, f"curves/{own['task'].iloc[0]}/{own['approach'].iloc[0]}", simulated)


def learning_figure(histories: Sequence[pd.DataFrame], title: str, name: str, simulated: bool) -> str:
    """Draw the training and validation loss of one approach by epoch, one line per fold.

    Losses of several networks of a fold are averaged.

    Parameters
    ----------
    histories : sequence of DataFrame
        Rows `epoch training_loss validation_loss` of each fold.
    title : str
        Display name of the approach.
    name : str
        Name of the figure, unique within a page.
    simulated : bool
        Whether the data are simulated.

    Returns
    -------
    str
        SVG element.
    """
    figure, axis = plt.subplots(figsize=(3.0, 2.3), layout="constrained")
    for number, history in enumerate(histories):
        mean = history.groupby("epoch")[["training_loss", "validation_loss"]].mean()
        for split, dash, color in (("training", "-", COLORS[0]), ("validation", "--", COLORS[1])):
            label = split if number == 0 else None
            axis.plot(mean.index, mean[f"{split}_loss"], dash, color=color, linewidth=1, label=label)
    axis.set(title=title, xlabel="epoch", ylabel="loss", ylim=(0, None))
    axis.legend()
    return to_svg(figure, f"learning/{name}", simulated)


def difference_figure(rows: pd.DataFrame, names: dict[str, str], name: str, simulated: bool) -> str:
    """Draw a forest plot of paired differences in balanced accuracy and AUC, one line per pair of approaches.

    Parameters
    ----------
    rows : DataFrame
        Rows `metric approach_a approach_b difference low high advantage` of one task.
    names : dict
        Display names of the approaches.
    name : str
        Name of the figure, unique within a page.
    simulated : bool
        Whether the data are simulated.

    Returns
    -------
    str
        SVG element.
    """
    pairs = rows[["approach_a", "approach_b"]].drop_duplicates().reset_index(drop=True)
    figure, axes = plt.subplots(1, 2, sharey=True, figsize=(8.2, 1.0 + 0.27 * len(pairs)), layout="constrained")
    y = np.arange(len(pairs))[::-1]
    for axis, (metric, label) in zip(axes, COMPARED_METRICS.items(), strict=True):
        own = pairs.merge(rows[rows["metric"] == metric], on=["approach_a", "approach_b"], how="left")
        for position, row in zip(y, own.itertuples(), strict=True):
            significant = row.advantage in ("a", "b")
            color = COLORS[0] if significant else GRAY
            axis.plot([row.low, row.high], [position] * 2, color=color, linewidth=2)
            axis.plot(row.difference, position, "o" if significant else "s", color=color, markersize=5)
        axis.axvline(0, color=INK, linewidth=0.8)
        axis.set(xlabel=f"difference in {label}", ylim=(-0.7, len(pairs) - 0.3))
    axes[0].set_yticks(y, [f"{names[r.approach_a]} − {names[r.approach_b]}" for r in pairs.itertuples()])
    return to_svg(figure, f"differences/{name}", simulated)


def subgroup_figure(rows: pd.DataFrame, overall: float, title: str, name: str, simulated: bool) -> str:
    """Draw a forest plot of the balanced accuracy of one approach in subgroups.

    Parameters
    ----------
    rows : DataFrame
        Rows `variable group value low high n_positive n_negative` of the approach.
    overall : float
        Balanced accuracy over all participants, drawn as a dashed line.
    title : str
        Display name of the approach.
    name : str
        Name of the figure, unique within a page.
    simulated : bool
        Whether the data are simulated.

    Returns
    -------
    str
        SVG element.
    """
    figure, axis = plt.subplots(figsize=(3.9, 1.0 + 0.24 * len(rows)), layout="constrained")
    y = np.arange(len(rows))[::-1]
    for position, row in zip(y, rows.itertuples(), strict=True):
        axis.plot([row.low, row.high], [position] * 2, color=COLORS[0], linewidth=2)
        axis.plot(row.value, position, "o", color=COLORS[0], markersize=5)
    axis.axvline(overall, color=INK, linewidth=0.8, linestyle="--")
    labels = [
        f"{r.variable.replace('_', ' ')}: {r.group} ({int(r.n_positive)} / {int(r.n_negative)})"
        for r in rows.itertuples()
    ]
    axis.set_yticks(y, labels)
    axis.set(xlim=(-0.02, 1.02), ylim=(-0.7, len(rows) - 0.3), xlabel="balanced accuracy", title=title)
    return to_svg(figure, f"subgroups/{name}", simulated)
