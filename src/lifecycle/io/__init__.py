"""How bytes get to disk: atomic writes, hashes, locks, records, tables, other programs, progress."""
