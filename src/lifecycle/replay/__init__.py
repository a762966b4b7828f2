"""What has happened, played again as if live: serve, wait for labels, monitor, retrain, judge, release."""
