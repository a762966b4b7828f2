"""Rows that must go: found by content in batches, logs, reports, cache and remotes, and removed everywhere."""
