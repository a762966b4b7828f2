"""What a table of text says about itself: types, roles, the task. No module here reads or writes a file."""
