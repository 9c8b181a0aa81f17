"""HTML reports: comparison of approaches, quality control, comparison of runs."""
