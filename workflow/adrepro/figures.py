"""Figures of the report as inline SVG, the same bytes each time."""

import io

import matplotlib

matplotlib.use("svg")

import numpy as np  # noqa: E402
import pandas as pd  # noqa: E402
from matplotlib import pyplot as plt  # noqa: E402
from matplotlib.figure import Figure  # noqa: E402

# Okabe and Ito's colours, told apart by colour-blind readers; dashes tell them apart in greyscale.
COLOURS = ("#0072b2", "#d55e00", "#009e73", "#cc79a7", "#000000", "#56b4e9", "#e69f00")
DASHES = ("-", "--", "-.", ":", (0, (5, 1, 1, 1, 1, 1)), (0, (1, 1)), (0, (8, 2)))
STYLE = {
    "svg.hashsalt": "adrepro",
    "svg.fonttype": "none",
    "font.family": "sans-serif",
    "font.size": 9,
    "axes.spines.top": False,
    "axes.spines.right": False,
}


def to_svg(figure: Figure) -> str:
    """The figure as an `<svg>` element without date or creator."""
    buffer = io.StringIO()
    with plt.rc_context(STYLE):
        figure.savefig(buffer, format="svg", metadata={"Date": None, "Creator": None})
    plt.close(figure)
    text = buffer.getvalue()
    return text[text.index("<svg") :]


def mark_simulated(figure: Figure, simulated: bool) -> None:
    if simulated:
        figure.suptitle("simulated data", x=0.99, ha="right", fontsize=8, color="#a33")


def roc_figure(scores: pd.DataFrame, approaches: list[str], names: dict[str, str], simulated: bool) -> str:
    """ROC curves of the fold ensembles on one task and split; `scores` has `approach participant_id label score`."""
    from sklearn.metrics import roc_auc_score, roc_curve

    with plt.rc_context(STYLE):
        figure, axis = plt.subplots(figsize=(4.6, 4.4), layout="constrained")
        axis.plot([0, 1], [0, 1], color="#999", linewidth=0.8)
        for number, approach in enumerate(approaches):
            own = (
                scores[scores["approach"] == approach]
                .groupby("participant_id")
                .agg({"label": "first", "score": "mean"})
            )
            if own["label"].nunique() < 2:
                continue
            false_positive, true_positive, _ = roc_curve(own["label"], own["score"], drop_intermediate=False)
            axis.plot(
                false_positive, true_positive, color=COLOURS[number % 7], linestyle=DASHES[number % 7],
                label=f"{names[approach]} ({roc_auc_score(own['label'], own['score']):.2f})",
            )  # fmt: skip
        axis.set(xlabel="1 - specificity", ylabel="sensitivity", xlim=(-0.01, 1.01), ylim=(-0.01, 1.01), aspect="equal")
        axis.legend(loc="lower right", framealpha=0.85, edgecolor="none", title="ensemble (AUC)", fontsize=8)
        mark_simulated(figure, simulated)
        return to_svg(figure)


def difference_figure(rows: pd.DataFrame, names: dict[str, str], simulated: bool) -> str:
    """Forest plot of paired differences; `rows` has `approach_a approach_b difference low high advantage`."""
    with plt.rc_context(STYLE):
        figure, axis = plt.subplots(figsize=(6.4, 0.9 + 0.27 * len(rows)), layout="constrained")
        y = np.arange(len(rows))[::-1]
        for position, row in zip(y, rows.itertuples(), strict=True):
            shown = row.advantage != "none"
            axis.plot([row.low, row.high], [position] * 2, color="#0072b2" if shown else "#777", linewidth=2)
            axis.plot(
                row.difference, position, "o" if shown else "s", color="#0072b2" if shown else "#777", markersize=5
            )
        axis.axvline(0, color="#333", linewidth=0.8)
        axis.set_yticks(y, [f"{names[r.approach_a]} − {names[r.approach_b]}" for r in rows.itertuples()])
        axis.set(xlabel="difference in balanced accuracy (mean of folds)", ylim=(-0.7, len(rows) - 0.3))
        mark_simulated(figure, simulated)
        return to_svg(figure)


def learning_figure(histories: dict[str, list[pd.DataFrame]], names: dict[str, str], simulated: bool) -> str:
    """Losses by epoch of every network approach, a line per fold; of many networks their mean.

    `histories` holds, per approach, a table with `epoch training_loss validation_loss` for each fold.
    """
    with plt.rc_context(STYLE):
        across = min(3, len(histories))
        down = -(-len(histories) // across)
        figure, axes = plt.subplots(
            down, across, figsize=(3.1 * across, 2.3 * down), layout="constrained", squeeze=False
        )
        for axis in axes.flat[len(histories) :]:
            axis.set_axis_off()
        for axis, (approach, folds) in zip(axes.flat, histories.items(), strict=False):
            for number, history in enumerate(folds):
                mean = history.groupby("epoch")[["training_loss", "validation_loss"]].mean()
                for which, dash, colour in (("training", "-", COLOURS[0]), ("validation", "--", COLOURS[1])):
                    label = which if number == 0 else None
                    axis.plot(mean.index, mean[f"{which}_loss"], dash, color=colour, linewidth=1, label=label)
            axis.set(title=names[approach], xlabel="epoch", ylabel="loss", ylim=(0, None))
        axes.flat[0].legend(fontsize=8, framealpha=0.85, edgecolor="none")
        mark_simulated(figure, simulated)
        return to_svg(figure)
