"""BIDS datasets: index, visits, and the cohort sheet made of them."""
