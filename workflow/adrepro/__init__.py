"""From T1w brain MRI in BIDS to a comparison of linear SVMs and 3D CNNs."""

__version__ = "0.1.0"
