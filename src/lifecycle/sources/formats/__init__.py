"""How the bytes of a file become raw rows: one module per format, each told exactly how to read."""
