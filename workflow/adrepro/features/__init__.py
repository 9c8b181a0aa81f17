"""Features of all scans: regional tables, stacked volumes and linear kernel."""
