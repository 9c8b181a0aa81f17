"""Visits of one person in a common space: within-person template and regional change."""
