"""What serving writes and monitoring and retraining read: the prediction log and the labels that come back."""
