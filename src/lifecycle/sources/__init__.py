"""Data sources: each module reads one kind of source into raw tables with provenance."""
