"""Schema inference: what each column of a new table is, with reasons."""
