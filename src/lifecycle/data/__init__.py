"""The table: what its columns mean, cleaning, splits, leakage, and the datasets made of it."""
