"""Commands whose result depends on the moment: one module each, called by `lifecycle <name>`."""
