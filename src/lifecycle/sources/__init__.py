"""Where raw rows come from: each module reads one kind of source into tables with provenance."""
