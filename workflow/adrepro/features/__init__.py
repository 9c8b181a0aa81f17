"""Features of all scans: regional tables, stacked volumes and the linear kernel."""
