"""Voxel grids, volumes, spatial transforms and validated NIfTI input."""
