"""The explore stage: profile, associations, plots and report of the train rows."""
