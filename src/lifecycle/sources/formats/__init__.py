"""File formats and protocols: one module for each, which reads raw rows by an entry."""
