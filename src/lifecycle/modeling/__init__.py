"""Fitting, tuning, selecting and saving models."""
