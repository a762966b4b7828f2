"""What is shown of the train part, for each task: tables, pictures and a page, all without reading a file."""
