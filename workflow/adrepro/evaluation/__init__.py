"""Metrics, confidence intervals, paired tests, subgroups, curves and the leakage checks."""
