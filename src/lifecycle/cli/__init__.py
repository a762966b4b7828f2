"""One module per command of `lifecycle`."""
