"""The evaluation of a model's predictions on a part, for each task: tables, plots and a section of the report."""
