"""Watching later rows: what to watch for, what was found, and how it is told."""
