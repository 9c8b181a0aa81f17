import numpy as np

from adrepro.evaluation.metrics import METRICS
from adrepro.report.formatting import METRIC_LABELS, interval, number, signed


def test_numbers_and_intervals_have_two_digits():
    assert number(0.8449) == "0.84" and number(0.01, 4) == "0.0100" and interval(0.7, 0.851) == "[0.70, 0.85]"
    assert signed(0.1) == "+0.10" and signed(-0.1) == "−0.10"


def test_missing_values():
    assert number(np.nan) == signed(np.nan) == "n/a" and interval(np.nan, np.nan) == ""


def test_every_metric_has_a_label():
    assert set(METRIC_LABELS) == set(METRICS)
