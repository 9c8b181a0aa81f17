"""Sections of the comparison report."""
