"""Simulated cohort with ground-truth atrophy."""
