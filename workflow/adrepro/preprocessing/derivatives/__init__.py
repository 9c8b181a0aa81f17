"""Derivatives of other tools, in place of preprocessing."""
