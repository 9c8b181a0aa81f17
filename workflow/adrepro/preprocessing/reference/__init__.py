"""Template maps and atlas of the study."""
