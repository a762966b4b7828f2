"""What is shipped: the release folder, its contract and model card, and batch prediction with it."""
