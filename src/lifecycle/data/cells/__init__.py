"""What a cell means: numbers, times, booleans and categories, as the schema says that they are written."""
