"""Data of one fold, and the models that learn from it."""
