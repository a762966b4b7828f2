"""What the answers on a part say about a model, for each task: tables, pictures and paragraphs."""
