"""The whole lifecycle of one version as one page for a person."""
