"""Features that learn nothing: row by row, or looking back in time."""
