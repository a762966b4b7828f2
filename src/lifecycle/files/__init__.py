"""Everything that knows a file format; each file is written whole or not at all."""
