"""The machine-learning lifecycle in Git and DVC: stages (verbs) and the pure modules they use (nouns)."""
