"""Data of one fold, and the models fitted to it."""
