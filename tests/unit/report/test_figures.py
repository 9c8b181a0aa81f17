import re

import pandas as pd
import pytest

from adrepro.report.figure_style import style
from adrepro.report.figures import curve_figure, difference_figure, learning_figure, roc_figure, subgroup_figure

NAMES = {"a": "SVM", "b": "CNN"}
CURVES = pd.DataFrame(
    {"task": "T", "approach": "a", "curve": curve, "x": x, "y": x, "low": x, "high": x}
    for curve in ("roc", "precision_recall")
    for x in (0.0, 0.5, 1.0)
)
DIFFERENCES = pd.DataFrame(
    {
        "metric": metric, "approach_a": "a", "approach_b": "b", "difference": 0.1, "low": 0.05, "high": 0.15,
        "advantage": advantage,
    }
    for metric, advantage in (("balanced_accuracy", "a"), ("auc", "none"))
)  # fmt: skip
SUBGROUPS = pd.DataFrame(
    [
        {
            "variable": "field_strength",
            "group": "3",
            "value": 0.8,
            "low": 0.7,
            "high": 0.9,
            "n_positive": 7,
            "n_negative": 9,
        }
    ]
)
HISTORY = pd.DataFrame({"epoch": [1, 2], "training_loss": [0.7, 0.5], "validation_loss": [0.7, 0.6]})
FIGURES = {
    "roc": (lambda: roc_figure(CURVES, {"a": 0.876}, NAMES, False), ["SVM (0.88)", "ensemble (AUC)"]),
    "curves": (lambda: curve_figure(CURVES, "SVM", True), ["precision (PPV)", "scores are not", "simulated data"]),
    "learning": (lambda: learning_figure([HISTORY] * 2, "CNN", "T/b", False), ["epoch", "training", "validation"]),
    "differences": (lambda: difference_figure(DIFFERENCES, NAMES, "T", False), ["SVM − CNN", "difference in AUC"]),
    "subgroups": (lambda: subgroup_figure(SUBGROUPS, 0.8, "SVM", "T/a", False), ["field strength: 3 (7 / 9)"]),
}


@pytest.mark.parametrize("name", FIGURES)
def test_figures_are_labeled_and_the_same_each_time(name):
    draw, labels = FIGURES[name]
    with style(9):
        svg = draw()
        assert svg == draw()
    texts = re.findall("<text [^>]*>([^<]+)<", svg)
    texts += re.findall("<tspan[^>]*>([^<]+)<", svg)
    assert svg.startswith("<svg") and set(labels) <= set(texts)
    assert ("simulated data" in texts) == (name == "curves")
