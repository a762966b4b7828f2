"""A pull request judged: two versions side by side, and whether the difference is significant."""
