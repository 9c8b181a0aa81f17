"""Preprocessing of one scan: alignment, registration, segmentation, parcellation and quality control."""
