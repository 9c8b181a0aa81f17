"""Format metrics, numbers and intervals."""

import pandas as pd

METRIC_LABELS = {
    "balanced_accuracy": "balanced accuracy", "auc": "AUC", "average_precision": "average precision",
    "sensitivity": "sensitivity", "specificity": "specificity", "accuracy": "accuracy", "ppv": "PPV", "npv": "NPV",
    "f1": "F1", "brier": "Brier score", "calibration_slope": "calibration slope",
    "calibration_intercept": "calibration intercept", "ece": "expected calibration error",
}  # fmt: skip


def number(value: float, digits: int = 2) -> str:
    """Format a number with a fixed number of digits after the point; `n/a` for NaN.

    Parameters
    ----------
    value : float
    digits : int
        Digits after the point.

    Returns
    -------
    str
    """
    return f"{value:.{digits}f}" if pd.notna(value) else "n/a"


def signed(value: float) -> str:
    """Format a difference with its sign, with a minus sign in place of a hyphen; `n/a` for NaN.

    Parameters
    ----------
    value : float

    Returns
    -------
    str
        Two digits after the point.
    """
    return f"{value:+.2f}".replace("-", "−") if pd.notna(value) else "n/a"


def interval(low: float, high: float) -> str:
    """Format an interval, such as `[0.71, 0.85]`; empty if it is NaN.

    Parameters
    ----------
    low, high : float
        Limits of the interval.

    Returns
    -------
    str
        Two digits after the point.
    """
    return f"[{low:.2f}, {high:.2f}]" if pd.notna(low) else ""
