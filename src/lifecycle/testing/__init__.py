"""What a project's own tests import: the contracts of its conf/ and dvc.yaml, and its whole loop on a few rows.

Only this room imports pytest, and no other room imports this one.
"""
