"""Voxel grids, volumes, spatial transforms and the reading of NIfTI images."""
