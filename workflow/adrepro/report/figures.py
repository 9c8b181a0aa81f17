"""ROC, precision-recall and reliability curves, and how losses fell in training."""

import pandas as pd
from matplotlib import pyplot as plt

from adrepro.report.figure_style import COLOURS, DASHES, GREY, to_svg

PANELS = {
    "roc": ("1 − specificity", "sensitivity"),
    "precision_recall": ("recall (sensitivity)", "precision (PPV)"),
    "reliability": ("predicted probability", "share of positives"),
}


def roc_together(curves: pd.DataFrame, areas: dict[str, float], names: dict[str, str], simulated: bool) -> str:
    """ROC curves of all approaches in one figure; `areas` holds the AUC of each, in the order of the legend."""
    figure, axis = plt.subplots(figsize=(7.2, 4.2), layout="constrained")
    axis.plot([0, 1], [0, 1], color=GREY, linewidth=0.8)
    for number, (approach, area) in enumerate(areas.items()):
        own = curves[(curves["approach"] == approach) & (curves["curve"] == "roc")]
        axis.plot(
            own["x"], own["y"], color=COLOURS[number % 7], linestyle=DASHES[number % 7],
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


def curves_of(own: pd.DataFrame, title: str, simulated: bool) -> str:
    """The three curves of one approach on one task with their bands; `own` has `curve x y low high task approach`."""
    figure, axes = plt.subplots(1, 3, figsize=(7.6, 2.7), layout="constrained")
    for axis, (curve, (across, up)) in zip(axes, PANELS.items(), strict=True):
        rows = own[own["curve"] == curve]
        axis.set(xlabel=across, ylabel=up, xlim=(-0.02, 1.02), ylim=(-0.02, 1.02), aspect="equal")
        if curve != "precision_recall":
            axis.plot([0, 1], [0, 1], color=GREY, linewidth=0.8)
        if curve == "reliability":
            reach = [rows["y"] - rows["low"], rows["high"] - rows["y"]]
            axis.errorbar(rows["x"], rows["y"], reach, fmt="o", color=COLOURS[0], markersize=4, linewidth=1)
            if rows.empty:
                axis.text(0.5, 0.5, "scores are\nno probabilities", ha="center", va="center")
        else:
            axis.fill_between(rows["x"], rows["low"], rows["high"], color=COLOURS[0], alpha=0.2, linewidth=0)
            axis.plot(rows["x"], rows["y"], color=COLOURS[0])
    axes[0].set_title(title, loc="left")
    return to_svg(figure, f"curves/{own['task'].iloc[0]}/{own['approach'].iloc[0]}", simulated)


def learning_figure(histories: list[pd.DataFrame], title: str, name: str, simulated: bool) -> str:
    """Losses of one approach by epoch, a line per fold; of many networks their mean.

    Each table has `epoch training_loss validation_loss`.
    """
    figure, axis = plt.subplots(figsize=(3.0, 2.3), layout="constrained")
    for number, history in enumerate(histories):
        mean = history.groupby("epoch")[["training_loss", "validation_loss"]].mean()
        for which, dash, colour in (("training", "-", COLOURS[0]), ("validation", "--", COLOURS[1])):
            label = which if number == 0 else None
            axis.plot(mean.index, mean[f"{which}_loss"], dash, color=colour, linewidth=1, label=label)
    axis.set(title=title, xlabel="epoch", ylabel="loss", ylim=(0, None))
    axis.legend()
    return to_svg(figure, f"learning/{name}", simulated)
