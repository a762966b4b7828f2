"""The release as an HTTP service: one thread per process computes, every prediction is logged."""
