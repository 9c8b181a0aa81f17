"""Simulated cohort with known atrophy."""
