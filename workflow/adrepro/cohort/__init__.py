"""Participants: BIDS index, clinical tables, cohort sheet, labels, exclusions and splits."""
