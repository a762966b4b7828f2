"""Earlier versions: what they held, how they differ, how to release one and to go back to it."""
