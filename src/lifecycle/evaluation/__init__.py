"""How good a model is: metrics, confidence intervals, thresholds, slices, gates and their plots."""
