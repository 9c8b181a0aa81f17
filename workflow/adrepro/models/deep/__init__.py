"""Convolutional networks and their training (torch, MONAI)."""
