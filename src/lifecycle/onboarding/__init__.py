"""A new problem from a table: format detection and schema inference, for `lifecycle new`."""
