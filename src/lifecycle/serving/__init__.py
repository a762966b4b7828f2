"""The release as a service: one process, one thread that answers, everything it says logged."""
