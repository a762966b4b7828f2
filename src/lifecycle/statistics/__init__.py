"""Distances between distributions, hypothesis tests and binning: one of each for the whole package."""
