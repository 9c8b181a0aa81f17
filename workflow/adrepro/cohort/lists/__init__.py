"""Published subject lists: reading, contradictions, coverage of a cohort, labels and splits."""
