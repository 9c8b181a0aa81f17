"""Clinical tables of studies: presets, ids, rows by visit, and values of a visit."""
