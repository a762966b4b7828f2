"""What a change does: two versions side by side, and whether the difference is real."""
